package capture

import (
	"errors"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPair(t *testing.T) {
	body := []byte("a 1\n")
	older := &Scrape{Target: &Target{Job: "x", Instance: "y"}, Time: t0, Body: body}
	newer := &Scrape{Target: &Target{Job: "a/b", Instance: "../h:9100"}, Time: t0 + 5000, Body: []byte("a 2\n"), Header: textproto.MIMEHeader{"Content-Type": {"text/plain"}, "Date": {"x"}}}
	c, err := Pair(older, newer, "old → new", Options{})
	require.NoError(t, err)
	body[0] = 'b'
	require.Equal(t, []string{
		`a/b/../h:9100 0 a/h:9100/1795244469930.prom 0 "a 1\n"`,
		`a/b/../h:9100 5000 a/h:9100/1795244474930.prom 200 "a 2\n"`,
	}, told(c), "a target of any name, and copies")
	require.Equal(t, "old → new", c.Name)
	require.Empty(t, c.Problems)
	require.Equal(t, []TimeSource{{Source: "names", Scrapes: 2, File: "a/h:9100/1795244469930.prom"}}, c.TimeSources)

	_, err = Pair(newer, older, "x", Options{})
	order, ok := errors.AsType[*OrderError](err)
	require.True(t, ok)
	require.Equal(t, &OrderError{Older: t0 + 5000, Newer: t0}, order)
	_, err = Pair(older, older, "x", Options{})
	require.EqualError(t, err, "the older scrape is of 2026-11-21T07:01:09.930Z, which is not before the newer one's time, 2026-11-21T07:01:09.930Z")
}

func TestOpenFile(t *testing.T) {
	fsys := files("capture.yaml", "job: x", "j/i/1795244469930.prom", "a 1\n", "j/i/1795244469930.headers", "HTTP/1.1 200 OK\r\n\r\n", "j/i/1795244474930.prom", "a 2\n", "j/i/a.txt", "a 3\n")
	for _, row := range []struct{ name, reason, file, want string }{
		{"one of several", "its folders name the target, its headers count, its neighbours do not", "j/i/1795244469930.prom", `j/i 0 j/i/1795244469930.prom 200 "a 1\n"`},
		{"without headers", "there are none beside it", "j/i/1795244474930.prom", `j/i 5000 j/i/1795244474930.prom 0 "a 2\n"`},
		{"without a time", "the file's own does not count", "j/i/a.txt", "error: cap: no time in the name or the content of 1 scrape (j/i/a.txt); rename to TIME.prom"},
		{"missing", "there is nothing to open", "j/i/x.prom", "error: open j/i/x.prom: file does not exist"},
	} {
		if row.name == "" || row.reason == "" {
			t.Fatalf("a row has no name or no reason: %+v", row)
		}
		t.Run(row.name, func(t *testing.T) {
			c, err := OpenFile(fsys, row.file, "cap", Options{})
			got := ""
			if err != nil {
				got = "error: " + err.Error()
			} else {
				got = strings.Join(told(c), "\n")
			}
			require.Equal(t, row.want, got[:min(len(got), len(row.want))], row.reason)
		})
	}
}
