package capture

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// countingFS counts how often its files are opened.
type countingFS struct {
	fstest.MapFS
	opened map[string]int
}

func (c countingFS) Open(name string) (fs.File, error) {
	if c.MapFS[name] != nil {
		c.opened[name]++
	}
	return c.MapFS.Open(name)
}

// What stands around a text in a file of a canonical name is taken off when it
// is read, not before, and its places are those of the file.
func TestCanonicalNamesAreUnwrapped(t *testing.T) {
	const text = "# TYPE a gauge\na{b=\"c\"} 111.5\n"
	quoted, _ := json.Marshal(text)
	const meter = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n" +
		"\r100    35  100    35    0     0   3500      0 --:--:-- --:--:-- --:--:--  3500"
	for _, row := range []struct{ name, reason, file, want, also string }{
		{"a text", "nothing stands around it", text, text, ""},
		{"headers", "who reads the text passes over them", "HTTP/1.1 200 OK\n\n" + text, "HTTP/1.1 200 OK\n\n" + text, ""},
		{"a prefix", "of one pod", "[pod/x/y] # TYPE a gauge\n[pod/x/y] a{b=\"c\"} 111.5\n", text, "a prefix before each line"},
		{"docker logs -t", "its name goes before the time in it", "2020-05-01T10:00:00Z # TYPE a gauge\n2020-05-01T10:00:00Z a{b=\"c\"} 111.5\n", text, "a prefix before each line"},
		{"a page", "what a browser saved", "<pre>\n" + strings.ReplaceAll(text, "\"", "&#34;") + "</pre>", "\n" + text, "the text of a page"},
		{"a string", "of JSON", string(quoted), text, "JSON around the text"},
		{"an envelope", "of a tool for HTTP", `{"status":200,"headers":{"A":"b"},"body":` + string(quoted) + "}", text, "JSON around the body"},
		{"curl's meter", "written into the same file", meter + text, text, "progress meter"},
		{"an error page", "nothing in it is a text", "<html><pre>no</pre></html>", "<html><pre>no</pre></html>", ""},
		{"two hosts", "a name is that of one", "n1: # TYPE a gauge\nn2: # TYPE a gauge\nn1: a 1\nn2: a 2\n", "error", "scrapes of 2 targets (n1, n2)"},
		{"two answers", "a name is that of one", `{"status":200,"body":"# TYPE a gauge\na 1\n"} {"status":200,"body":"# TYPE a gauge\na 2\n"}`, "error", "2 scrapes"},
		{"a dump", "it has times and labels of its own", `{__name__="up", job="a"} 1 1677012000000` + "\n", "error", "a dump"},
	} {
		t.Run(row.name, func(t *testing.T) {
			fsys := countingFS{fstest.MapFS{}, map[string]int{}}
			fsys.MapFS["kube-proxy/node-a/1795244469930.prom"] = &fstest.MapFile{Data: []byte(row.file)}
			c, err := Open(fsys, "cap", Options{})
			require.NoError(t, err)
			require.Empty(t, fsys.opened, "no file is opened while names are listed")
			stream := c.Stream()
			require.True(t, stream.Next())
			s := stream.Scrape()
			require.EqualValues(t, 1795244469930, s.Time)
			require.Equal(t, "node-a", s.Target.Instance)
			require.Equal(t, "kube-proxy", s.Target.Job)
			if row.want == "error" {
				require.ErrorContains(t, s.Err, row.also, row.reason)
				require.ErrorContains(t, s.Err, ".txt instead of .prom")
				again, err := Open(fstest.MapFS{"kube-proxy/node-a/1795244469930.txt": {Data: []byte(row.file)}}, "cap", Options{Untimed: true})
				require.NoError(t, err)
				for got := again.Stream(); got.Next(); {
					require.NoError(t, got.Scrape().Err, "the advice helps")
				}
				return
			}
			require.NoError(t, s.Err)
			require.Equal(t, row.want, string(s.Body), row.reason)
			require.Contains(t, s.Unwrapped, row.also)
			require.Equal(t, row.also == "", s.Unwrapped == "")
			if at := strings.Index(row.want, "111.5"); row.also != "" {
				line, column := s.Place(1+strings.Count(row.want[:at], "\n"), at-strings.LastIndexByte(row.want[:at], '\n'), false)
				at = strings.Index(row.file, "111.5")
				require.Equal(t, 1+strings.Count(row.file[:at], "\n"), line)
				require.Equal(t, at-strings.LastIndexByte(row.file[:at], '\n'), column)
			}
			require.Equal(t, string(s.Body), string(c.Stream().At(0, nil).Body), "read out of turn it is the same")
		})
	}
}

// A file that is looked into anyway, and may be another text than one.
func TestStands(t *testing.T) {
	const text = "# TYPE a gauge\na 1\n# TYPE b gauge\nb 2\n"
	for _, row := range []struct {
		name, reason, file string
		want               bool
	}{
		{"a text", "nothing is around it", text, true},
		{"a text twice", "an exporter may do that", text + text, true},
		{"with a comment", "comments are of the text", text + "# node b\nc 1\n", true},
		{"a comment that names a target", "what stood before it stands again below it", "# n1\n" + text + "# n2\n" + text, false},
		{"# EOF in the middle", "it is a defect of one text", text + "# EOF\n" + text, true},
		{"headers", "they are passed over", "HTTP/1.1 200 OK\n\n" + text, true},
		{"headers twice", "these are two answers", "HTTP/1.1 200 OK\n\n" + text + "HTTP/1.1 200 OK\n\n" + text, false},
		{"a date", "a loop writes it", text + "2024-05-01T10:00:00Z\n" + text, false},
		{"a divider", "a script writes it", text + "---\n" + text, false},
		{"a divider before all", "the program may write it", "=== web ===\n" + text, true},
		{"dividers of sections", "no family stands again", "=== http ===\n" + text + "=== db ===\n# TYPE c gauge\nc 1\n", true},
		{"dividers of targets", "a family stands again", "=== n1 ===\n" + text + "=== n2 ===\n# TYPE b gauge\nb 1\n", false},
		{"a date before all", "there is one scrape", "2024-05-01T10:00:00Z\n" + text, true},
		{"a page", "its text is within", "<pre>" + text, false},
		{"an error page", "there is no text in it", "<pre>502</pre>", true},
		{"binary data", "there is no text in it", "\x00\x01", true},
		{"nothing", "an answer may be empty", "", true},
	} {
		require.Equal(t, row.want, Stands([]byte(row.file), 0), "%s: %s", row.name, row.reason)
	}
	require.True(t, Stands([]byte("\x1f\x8b\x00"), 0), "what cannot be decompressed")
}
