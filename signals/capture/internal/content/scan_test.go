package content

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Lines of dots stand for others that somebody left out of a listing, as in the
// article's; a listing with some is one scrape all the same.
func TestElidedListingIsOneScrape(t *testing.T) {
	listing := "...\n# TYPE a gauge\na 1\n...\na{b=\"c\"} 2\n# TYPE d gauge\nd 3\n"
	for name, text := range map[string]string{"dots": listing, "dashes": strings.ReplaceAll(listing, "...", "---")} {
		facts, err := scan(strings.NewReader(text), 0)
		require.NoError(t, err)
		require.Len(t, facts.Parts, map[string]int{"dots": 1, "dashes": 2}[name], name)
	}
}

// Splitting holds for any bytes: no panic, and parts that follow one another
// within the file.
func FuzzScan(f *testing.F) {
	for _, text := range []string{
		"a 1\nSat Nov 21 07:10:08 UTC 2026\n", "HTTP/1.1 200 OK\r\nDate: x\r\n\r\nHTTP/1.1 200 OK\r\n",
		"# HELP b x\n# HELP c x\n# HELP a x\n# HELP b x\n# HELP c x\n", "a 1\n---\na 2\n# EOF\na 3\n", "curl: (7) refused\na 1 1795244469930\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		facts, err := scan(bytes.NewReader(data), 0)
		if err != nil {
			t.Fatal(err)
		}
		end := int64(0)
		for _, p := range facts.Parts {
			if p.Off < end || p.Size < 0 || p.Off+p.Size > int64(len(data)) {
				t.Fatalf("a part of %d bytes at %d, after %d, of %d", p.Size, p.Off, end, len(data))
			}
			end = p.Off + p.Size
		}
	})
}
