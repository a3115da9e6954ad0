package capture

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"
)

// utf16LE writes text as PowerShell does.
func utf16LE(t *testing.T, s string) string {
	t.Helper()
	out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
	require.NoError(t, err)
	return out
}

// TestPlaces holds where bodies begin in their files, and that each text in
// UTF-16 is transcoded once: here, with a problem, or by whoever reads the
// body.
func TestPlaces(t *testing.T) {
	const (
		page  = "# TYPE a counter\na 1\n"
		later = "# TYPE a counter\na 2\n"
		head  = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Sat, 21 Nov 2026 07:10:08 GMT\r\n\r\n"
	)
	for _, row := range []struct {
		name, file, in string
		want           []string // line, offset, status, body
		problems       string
	}{
		{"a whole file", "1795244469930.prom", page, []string{`1 0 0 "` + quoted(page) + `"`}, "[]"},
		{"curl -i", "m.txt", head + page, []string{`5 82 200 "` + quoted(page) + `"`}, "[]"},
		{"two after dates", "m.txt", "Sat Nov 21 07:10:08 UTC 2026\n" + page + "Sat Nov 21 07:10:13 UTC 2026\n" + later,
			[]string{`2 29 0 "` + quoted(page) + `"`, `5 79 0 "` + quoted(later) + `"`}, "[]"},
		{"two with headers", "m.txt", head + page + strings.Replace(head, "10:08", "10:13", 1) + later,
			[]string{`5 82 200 "` + quoted(page) + `"`, `11 185 200 "` + quoted(later) + `"`}, "[]"},
		{"UTF-16 alone is left to the reader", "1795244469930.txt", utf16LE(t, page), []string{`1 0 0 "` + quoted(utf16LE(t, page)) + `"`}, "[]"},
		{"UTF-16 with headers", "m.txt", utf16LE(t, head+page), []string{`5 82 200 "` + quoted(page) + `"`}, "[m.txt: utf-16]"},
		{"UTF-16, two after dates", "m.txt", utf16LE(t, "Sat Nov 21 07:10:08 UTC 2026\n"+page+"Sat Nov 21 07:10:13 UTC 2026\n"+later),
			[]string{`2 29 0 "` + quoted(page) + `"`, `5 79 0 "` + quoted(later) + `"`}, "[m.txt: utf-16]"},
		{"compressed UTF-16 with headers", "m.txt", gz(utf16LE(t, head+page)), []string{`5 82 200 "` + quoted(page) + `"`}, "[m.txt: utf-16]"},
		{"JSON around the body", "1795244469930.json", `{"status": 200, "body": "a 1\n"}`, []string{`1 0 200 "a 1\n"`}, "[]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := Open(files("j/i/"+row.file, row.in), "", Options{})
			require.NoError(t, err)
			var got, problems []string
			for s := c.Stream(); s.Next(); {
				sc := s.Scrape()
				require.NoError(t, sc.Err)
				got = append(got, fmt.Sprintf("%d %d %d %q", sc.Line, sc.Offset, sc.Status, sc.Body))
			}
			for _, p := range c.Problems {
				if p.ID != "time-source" {
					problems = append(problems, strings.TrimPrefix(p.File, "j/i/")+": "+p.ID)
				}
			}
			require.Equal(t, row.want, got)
			require.Equal(t, row.problems, fmt.Sprint(problems))
		})
	}
}

func quoted(s string) string { return strings.Trim(fmt.Sprintf("%q", s), `"`) }

func TestPlaceOfScrape(t *testing.T) {
	s := Scrape{Line: 5, Offset: 100}
	for _, row := range []struct {
		name         string
		line, column int
		protobuf     bool
		want         [2]int
	}{
		{"a line", 2, 3, false, [2]int{6, 3}},
		{"a message", 2, 3, true, [2]int{2, 103}},
		{"no place", 0, 0, false, [2]int{0, 0}},
	} {
		line, column := s.Place(row.line, row.column, row.protobuf)
		require.Equal(t, row.want, [2]int{line, column}, row.name)
	}
}

func TestDecompress(t *testing.T) {
	text := noise(100_000)
	for _, row := range []struct {
		name, in, err string
		max           int64
	}{
		{"plain", text, "", 0},
		{"gzip", gz(text), "", 100_000},
		{"zstd", zst(text), "", 0},
		{"snappy in gzip", gz(sz(text)), "", 0},
		{"too large", gz(text), "more than 99999 bytes after decompression", 99_999},
		{"cut off", gz(text)[:40_000], "the gzip data breaks off after", 0},
		{"a bomb", gz(strings.Repeat("a", 10<<20)), "more than 1000 bytes after decompression", 1000},
	} {
		r, err := Decompress(strings.NewReader(row.in), row.max)
		require.NoError(t, err, row.name)
		out, err := io.ReadAll(r)
		if row.err != "" {
			require.ErrorContains(t, err, row.err, row.name)
			require.LessOrEqual(t, int64(len(out)), max(row.max, 100_000))
			continue
		}
		require.NoError(t, err, row.name)
		require.Equal(t, text, string(out), row.name)
	}
	_, err := Decompress(strings.NewReader(gz(gz(gz(gz(text))))), 0)
	require.ErrorContains(t, err, "compressed more than 3 times over")
}
