package capture

import (
	"errors"
	"net/textproto"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// written is what a Writer makes, and the scrapes that are read back.
func written(t *testing.T, settings string, scrapes ...Scrape) (fstest.MapFS, []string) {
	t.Helper()
	fsys := fstest.MapFS{}
	w := NewWriter(func(name string, data []byte) error {
		require.NotContains(t, fsys, name)
		fsys[name] = &fstest.MapFile{Data: append([]byte(nil), data...)}
		return nil
	})
	for i := range scrapes {
		require.NoError(t, w.Write(&scrapes[i]))
	}
	w.Settings([]byte(settings))
	require.NoError(t, w.Close())
	return fsys, told(mustOpen(t, fsys, Options{}))
}

func TestWriterTargets(t *testing.T) {
	for _, row := range []struct {
		name, reason  string
		job, instance string
		folder        string
		manifest      bool
	}{
		{"plain names", "folders say all", "kube-proxy", "node-a", "kube-proxy/node-a", false},
		{"a port", "a colon is in no Windows name", "node", "10.0.0.1:9100", "node/10.0.0.1%3A9100", false},
		{"slashes", "they would be folders", "serviceMonitor/ns/x/0", "a/b", "serviceMonitor%2Fns%2Fx%2F0/a%2Fb", false},
		{"a noise word", "a folder metrics names no target", "node", "metrics", "node/%6Detrics", false},
		{"a date", "a folder that is a date names no target", "node", "2026-11-21", "node/%32026-11-21", false},
		{"a way out", "no name leaves the capture", "..", "..", "%2E%2E/%2E%2E", false},
		{"hidden", "folders with a dot are not read", "j", ".hidden", "j/%2Ehidden", false},
		{"an end that Windows cuts", "a trailing dot would be lost", "j", "a.", "j/a%2E", false},
		{"a device", "Windows opens no file called so", "NUL", "com1.example.org", "%4EUL/%63om1.example.org", false},
		{"IPv6", "brackets may stand, colons may not", "j", "[::1]:9100", "j/[%3A%3A1]%3A9100", false},
		{"a percent sign", "it would be read as one of ours", "j", "a%3Ab", "j/a%253Ab", false},
		{"letters beyond ASCII", "every system takes them", "j", "büro-é", "j/büro-é", false},
		{"a long name", "file systems take 255 bytes", "j", strings.Repeat("é:", 100), "j/" + strings.Repeat("é%3A", 36) + "é~5a36ad0d3869fba1", true},
	} {
		if row.name == "" || row.reason == "" {
			t.Fatalf("a row has no name or no reason: %+v", row)
		}
		t.Run(row.name, func(t *testing.T) {
			target := &Target{Job: row.job, Instance: row.instance}
			fsys, got := written(t, "", Scrape{Target: target, Time: t0, Body: []byte("a 1\n")})
			require.Contains(t, fsys, row.folder+"/1795244469930.prom", row.reason)
			require.Equal(t, row.manifest, fsys["capture.yaml"] != nil, row.reason)
			require.Equal(t, []string{target.Job + "/" + target.Instance + " 0 " + row.folder + "/1795244469930.prom 0 \"a 1\\n\""}, got, row.reason)
		})
	}
}

func TestWriterKeepsApart(t *testing.T) {
	body := []byte("a 1\n")
	fsys, got := written(t, "honor_labels: true\n",
		Scrape{Target: &Target{Job: "j", Instance: "a:1"}, Time: t0, Body: body},
		Scrape{Target: &Target{Job: "j", Instance: "a/1"}, Time: t0, Body: body},
		Scrape{Target: &Target{Job: "j", Instance: "A:1"}, Time: t0, Body: body},
		Scrape{Target: &Target{Job: "j", Instance: "a:1"}, Time: t0 + 5000, Body: body},
	)
	require.Equal(t, []string{
		`j/A:1 0 j/A%3A1-2/1795244469930.prom 0 "a 1\n"`,
		`j/a/1 0 j/a%2F1/1795244469930.prom 0 "a 1\n"`,
		`j/a:1 0 j/a%3A1/1795244469930.prom 0 "a 1\n"`,
		`j/a:1 5000 j/a%3A1/1795244474930.prom 0 "a 1\n"`,
	}, got)
	require.Contains(t, string(fsys["capture.yaml"].Data), "honor_labels: true\nfiles:\n")
}

func TestWriterAnswers(t *testing.T) {
	target := &Target{Job: "j", Instance: "i"}
	header := textproto.MIMEHeader{"Content-Type": {"text/plain"}, "Set-Cookie": {"a", "b\r\nStatus: 9"}}
	for _, row := range []struct {
		name, reason string
		in           Scrape
		files        map[string]string
		want         string
	}{
		{"a failure", "there is no body to write", Scrape{Failure: "refused"}, map[string]string{".err": "refused\n"}, `j/i 0 j/i/1795244469930.err 0 "" failed: refused`},
		{"headers", "sorted, each value on a line of its own", Scrape{Body: []byte("a 1\n"), Header: header, Status: 200},
			map[string]string{".prom": "a 1\n", ".headers": "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nSet-Cookie: a\r\nSet-Cookie: b  Status: 9\r\n\r\n"}, `j/i 0 j/i/1795244469930.prom 200 "a 1\n"`},
		{"an error page", "the status says that it is one", Scrape{Body: []byte("<html>"), Header: textproto.MIMEHeader{"A": {"b"}}, Status: 503},
			map[string]string{".prom": "<html>", ".headers": "HTTP/1.1 503\r\nA: b\r\n\r\n"}, `j/i 0 j/i/1795244469930.prom 503 "<html>"`},
		{"an empty answer", "it is an answer and no failure", Scrape{}, map[string]string{".prom": ""}, `j/i 0 j/i/1795244469930.prom 0 ""`},
		{"before 2001", "13 digits in any case", Scrape{Time: 5 - t0, Body: []byte("a 1\n")}, map[string]string{}, `j/i -1795244469925 j/i/0000000000005.prom 0 "a 1\n"`},
	} {
		if row.name == "" || row.reason == "" {
			t.Fatalf("a row has no name or no reason: %+v", row)
		}
		t.Run(row.name, func(t *testing.T) {
			row.in.Target, row.in.Time = target, row.in.Time+t0
			fsys, got := written(t, "", row.in)
			for ext, text := range row.files {
				require.Equal(t, text, string(fsys["j/i/1795244469930"+ext].Data), row.reason)
			}
			if len(row.files) > 0 {
				require.Len(t, fsys, len(row.files), row.reason)
			}
			require.Equal(t, []string{row.want}, got, row.reason)
		})
	}
}

func TestWriterErrors(t *testing.T) {
	broken, full := errors.New("cut off"), errors.New("disk full")
	good := &Target{Job: "j", Instance: "i"}
	for _, row := range []struct {
		name, reason string
		in           Scrape
		want         string
	}{
		{"damaged", "what it said is not known", Scrape{Target: good, File: "x.prom", Err: broken}, "x.prom cannot be written: cut off"},
		{"no target", "no folder says whose it is", Scrape{}, "a scrape without an instance cannot be written: no folder says whose it is"},
		{"no instance", "no folder says whose it is", Scrape{Target: &Target{Job: "j"}}, "a scrape without an instance cannot be written: no folder says whose it is"},
		{"before the epoch", "names have no minus sign", Scrape{Target: good, Time: -1}, "a scrape at -1 ms cannot be written: a name of 13 digits cannot say that"},
		{"after 2286", "names have 13 digits", Scrape{Target: good, Time: 1e13}, "a scrape at 10000000000000 ms cannot be written: a name of 13 digits cannot say that"},
		{"a full disk", "the error is that of writing", Scrape{Target: good}, "disk full"},
	} {
		if row.name == "" || row.reason == "" {
			t.Fatalf("a row has no name or no reason: %+v", row)
		}
		t.Run(row.name, func(t *testing.T) {
			err := NewWriter(func(string, []byte) error { return full }).Write(&row.in)
			require.EqualError(t, err, row.want, row.reason)
		})
	}
}

// What a Writer writes of a real capture is read back as the same scrapes.
func TestWriterOnDisk(t *testing.T) {
	for _, name := range []string{"incident", "flaky-apiserver"} {
		t.Run(name, func(t *testing.T) {
			c := mustOpenPath(t, real(t, name))
			to := t.TempDir()
			w := NewFolderWriter(to)
			n := 0
			for s := c.Stream(); n < 50 && s.Next(); n++ {
				require.NoError(t, w.Write(s.Scrape()))
			}
			require.NoError(t, w.Close())
			again := mustOpenPath(t, to)
			require.Equal(t, n, again.Scrapes)
			first, second := c.Stream(), again.Stream()
			for range n {
				require.True(t, first.Next() && second.Next())
				a, b := first.Scrape(), second.Scrape()
				require.Equal(t, a.Target.Job+" "+a.Target.Instance, b.Target.Job+" "+b.Target.Instance)
				require.Equal(t, a.Time, b.Time)
				require.Equal(t, string(a.Body), string(b.Body))
				require.Equal(t, a.Failure, b.Failure)
			}
		})
	}
}
