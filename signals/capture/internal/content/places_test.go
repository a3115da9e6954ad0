package content

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// placeOf is the line and the column, from 1, at which a word first stands.
func placeOf(t *testing.T, text []byte, word string) string {
	t.Helper()
	at := bytes.Index(text, []byte(word))
	require.GreaterOrEqual(t, at, 0, "%q in %s", word, text)
	line := bytes.Count(text[:at], newline)
	return fmt.Sprint(line+1, ":", at-bytes.LastIndexByte(text[:at], '\n'))
}

// A place in a text is that of the same word in its file, whatever stands
// around it, before its lines, or instead of its characters.
func TestPlaces(t *testing.T) {
	const text = "# HELP up_total ä \\\\ <b> & \"q\"\n# TYPE up_total counter\nup_total 1\nup_total{a=\"b\"} 111.5\nup_total{a=\"c\", d=\"<e>&\"} 222.5\n"
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	before := func(p string) string {
		return p + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+p) + "\n"
	}
	const meter = "\r100    35  100    35    0     0   3500      0 --:--:-- --:--:-- --:--:--  3500"
	for _, row := range []struct{ name, reason, file string }{
		{"a prefix", "it is longer than its words", before("[pod/api-7d9f/api]  ")},
		{"mixed prefixes", "the lines of one stand apart", "n2: # TYPE x gauge\nn1: # TYPE up_total counter\nn2: x 1\nn2: x{a=\"2\"} 3\nn1: up_total 111.5\nn2: x{b=\"2\"} 4\nn1: up_total{a=\"\"} 222.5\n"},
		{"grep -n", "colons are counted", before("out/n1.prom:7:")},
		{"CR LF behind a prefix", "it is no part of a line", strings.ReplaceAll(before("n1: "), "\n", "\r\n")},
		{"a page", "entities are longer than what they mean", "<html>\n<body><pre id=\"1\"># HELP up_total &auml; &#92;\n# TYPE up_total counter\nup_total{a=&quot;b&quot;} 111.5\nup_total{a=&quot;&lt;c&quot;} <b>222.5</b>\n</pre>"},
		{"a page of lines", "a tag is a line's end", "<p># TYPE up_total counter<br>up_total{a=\"b\"} 111.5<br/>up_total 222.5<br></p>"},
		{"a string", "JSON escapes quotes and ends of lines", "\n " + quoted(text)},
		{"a string of few escapes", "others stand as they are", "\"# TYPE up_total counter\\nup_total{a=\\\"\u00e4\\u00e4\\ud83d\\ude00\\\"} 111.5\\nup_total 222.5\""},
		{"ansible's", "deep within, in lines", "{\"plays\": [\n {\"hosts\": {\"n1\": {\"rc\": 0, \"stdout\":\n  " + quoted(text) + "}}}]}"},
		{"objects with names", "a key that names is read by itself", `{"node": {"stdout": ` + quoted(text) + "}}"},
		{"a name's value", "is a text", `{"node": ` + quoted(text) + "}"},
		{"an array of lines", "each is a string", "{\"node\": \"n1\", \"lines\": [\"# TYPE up_total counter\",\n \"up_total{a=\\\"b\\\"} 111.5\", \"up_total 222.5\"]}"},
		{"docker's files", "each line is a string", "{\"log\":\"# TYPE up_total counter\\n\"}\n{\"log\":\"up_total 1\\n\"}\n{\"log\":\"up_total 1\\n\"}\n{\"log\":\"up_total{a=\\\"b\\\"} 111.5\\n\"}\n{\"log\":\"up_total 222.5\\n\"}\n"},
		{"behind a byte order mark", "it counts", "\ufeff" + quoted(text)},
		{"a dump", "values stand where they stood", "{__name__=\"up\", a=\"b\"} 1 1677012000000\n {__name__=\"up\", a=\"c\"} 111.5 1677012000000\n{__name__=\"up\", a=\"d\"} 1 1677012000000\n{__name__=\"up\", a=\"e\"} 222.5 1677012000000\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := Unfold([]byte(row.file))
			require.NotNil(t, v, row.reason)
			for _, word := range []string{"111.5", "222.5"} {
				samePlace(t, v.Text, v.Places, []byte(row.file), word)
			}
		})
	}
	for _, row := range []struct{ name, reason, file string }{
		{"the meter before a text", "its last line is glued to the first", " " + "\x20" + string(progressHead) + "   Time\n      " + string(progressSubhead) + "  Total\n" + meter + text + meter + "\n"},
		{"within a line", "the line goes on behind it", strings.Replace(text, " 222", " "+meter+"222", 1)},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, p := StripCurlProgress([]byte(row.file))
			require.NotContains(t, string(out), "--:--", row.reason)
			for _, word := range []string{"111.5", "222.5"} {
				samePlace(t, out, p, []byte(row.file), word)
			}
		})
	}
	t.Run("an envelope", func(t *testing.T) {
		file := []byte("{\"response\":\n {\"status\": 200, \"body\": " + quoted(text) + "}}")
		a, err := OpenHTTPJSON(file)
		require.NoError(t, err)
		samePlace(t, a.Body, a.Places, file, "222.5")
	})
	t.Run("base64 has the place where it begins", func(t *testing.T) {
		file := []byte("{\"status\": 200,\n \"body\": {\"encoding\": \"base64\", \"text\": \"" + base64.StdEncoding.EncodeToString([]byte(text)) + "\"}}")
		a, err := OpenHTTPJSON(file)
		require.NoError(t, err)
		line, column := a.Places.At(4, 3)
		require.Equal(t, "2:41", fmt.Sprint(line, ":", column))
	})
	t.Run("a text out of a text", func(t *testing.T) {
		file := []byte(quoted("# TYPE up_total counter\nup_total 1\nup_total 2\nup_total" + meter + " 111.5\nup_total 222.5\n"))
		v := Unfold(file)
		from := bytes.IndexByte(v.Text, '\n') + 1 // a part of it
		out, p := StripCurlProgress(v.Text[from:])
		samePlace(t, out, v.Places.Over(p, int64(from)), file, "111.5")
		samePlace(t, out, v.Places.Over(p, int64(from)), file, "222.5")
	})
}

func samePlace(t *testing.T, text []byte, p *Places, file []byte, word string) {
	t.Helper()
	var line, column int
	_, err := fmt.Sscanf(placeOf(t, text, word), "%d:%d", &line, &column)
	require.NoError(t, err)
	line, column = p.At(line, column)
	require.Equal(t, placeOf(t, file, word), fmt.Sprint(line, ":", column), "%s in %s", word, text)
}

// What is taken out of a file holds for any bytes: no panic, places within the
// file that stand where the bytes do, and strings of JSON as encoding/json has
// them.
func FuzzUnfold(f *testing.F) {
	for _, text := range []string{
		"[pod/x/y] # TYPE a gauge\n[pod/x/y] a{b=\"c\"} 1\n", "n1: # TYPE a gauge\nn2: # TYPE a gauge\nn1: a 1\nn2: a 2\n", "<pre># TYPE a gauge\na{b=&quot;&lt;c&#39;&quot;} 1<br>\n</pre>",
		`"# TYPE a gauge\na{b=\"\u00e4\ud83d\ude00\"} 1\n"`, `{"node": "n1", "stdout": "# TYPE a gauge\na 1\n"}`, "{\"log\":\"# TYPE a gauge\\n\"}\n{\"log\":\"a 1\\n\"}\n",
		`{"data":{"resultType":"vector","result":[{"metric":{"__name__":"up"},"value":[1696335530,"1"]}]}}`, "{__name__=\"up\", a=\"b\"} 1 1677012000000\n", "\ufeff \"# TYPE a gauge\\na 1\"",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		given := bytes.Clone(data)
		v := Unfold(data)
		if !bytes.Equal(given, data) {
			t.Fatal("the file was changed")
		}
		var whole string
		if json.Unmarshal(data, &whole) == nil && v != nil && !v.Bulk && data[0] == '"' && string(v.Text) != whole && string(v.Text) != whole+"\n" {
			t.Fatalf("%q is %q, not %q", data, v.Text, whole)
		}
		if v == nil {
			return
		}
		lines := bytes.SplitAfter(data, newline)
		for i, line := range bytes.SplitAfter(v.Text, newline) {
			for column := range line {
				l, c := v.Places.At(i+1, column+1)
				if l < 1 || l > len(lines) || c < 1 || c > len(lines[l-1])+1 {
					t.Fatalf("%d:%d of %q is %d:%d of %q", i+1, column+1, v.Text, l, c, data)
				}
			}
		}
	})
}
