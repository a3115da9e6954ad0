package naming

import (
	"path"
	"strings"
	"testing"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// recogniseRows are the rules for names: what a path is, and why. They seed the
// fuzzer.
var recogniseRows = []struct {
	name string // the rule, and so the reason
	path string
	want string // kind job/instance time, or why it is ignored
}{
	{"job and instance are folders", "kube-proxy/node-a/1795244469930.prom", "scrape kube-proxy/node-a 2026-11-21T07:01:09.930Z"},
	{"one folder is the instance", "node-a/1795244469930.prom", "scrape /node-a 2026-11-21T07:01:09.930Z"},
	{"no folder: the capture is the instance", "1795244469930.prom", "scrape / 2026-11-21T07:01:09.930Z"},
	{"of more folders the last two count", "day1/eu/kube-proxy/node-a/1795244469930.prom", "scrape kube-proxy/node-a 2026-11-21T07:01:09.930Z"},
	{"gzip", "j/i/1795244469930.prom.gz", "scrape j/i 2026-11-21T07:01:09.930Z"},
	{"zstd", "j/i/1795244469930.prom.zst", "scrape j/i 2026-11-21T07:01:09.930Z"},
	{"extensions in any case, as Windows may have them", "j/i/1795244469930.PROM.Gz", "scrape j/i 2026-11-21T07:01:09.930Z"},
	{"headers of a stem", "j/i/1795244469930.headers", "headers j/i 2026-11-21T07:01:09.930Z"},
	{"headers of a file", "j/i/1795244469930.prom.headers", "headers of file j/i 2026-11-21T07:01:09.930Z"},
	{"headers of a compressed file", "j/i/1795244469930.prom.gz.headers", "headers of file j/i 2026-11-21T07:01:09.930Z"},
	{"failure", "j/i/1795244469930.err", "failure j/i 2026-11-21T07:01:09.930Z"},
	{"failure of a file", "j/i/1795244469930.prom.err", "failure of file j/i 2026-11-21T07:01:09.930Z"},
	{"a time with dots in it", "j/i/2026-11-21T07:01:09.930Z.prom", "scrape j/i 2026-11-21T07:01:09.930Z"},
	{"a time without a zone", "j/i/20261121T070109.prom", "scrape j/i 2026-11-21T07:01:09.000Z no zone"},
	{"no time in the name is found later", "j/i/metrics.prom", "scrape j/i untimed"},
	{"a time is the whole name, not a part", "j/i/metrics-1795244469930.prom", "scrape j/i untimed"},
	{"manifest", "capture.yaml", "manifest"},
	{"manifest, path with a dot", "./capture.yaml", "manifest"},
	{"a manifest counts only at the top", "j/capture.yaml", "ignored: capture.yaml counts only at the top"},
	{"of other names the content tells", "EVENTS.md", "candidate / untimed"},
	{"and of other extensions", "j/i/1795244469930.txt", "candidate j/i 2026-11-21T07:01:09.930Z"},
	{"an editor's copy", "j/i/1795244469930.prom~", "ignored: by its name a temporary or spare copy"},
	{"half a download", "j/i/1795244469930.prom.tmp", "ignored: by its name a temporary or spare copy"},
	{"compressed, but what", "j/i/1795244469930.gz", "candidate j/i 2026-11-21T07:01:09.930Z"},
	{"an extension alone is a hidden file", ".prom", "ignored: hidden"},
	{"a Mac's resource fork", "j/i/._1795244469930.prom", "ignored: hidden"},
	{"an empty name", "j/i/", "ignored: by its name a temporary or spare copy"},
	{"empty folders do not count", "/j//i/1795244469930.prom", "scrape j/i 2026-11-21T07:01:09.930Z"},
	{"a Windows device name is data", "CON/NUL/1795244469930.prom", "scrape CON/NUL 2026-11-21T07:01:09.930Z"},
	{"escape codes are data", "\x1b[2J/\x00\n/1795244469930.prom", "scrape \x1b[2J/\x00\n 2026-11-21T07:01:09.930Z"},
	{"bytes that are no UTF-8 cannot be in a label", "j\xff/i\xfe/1795244469930.prom", "scrape j\uFFFD/i\uFFFD 2026-11-21T07:01:09.930Z"},
	{"a folder that is a date names nothing", "kube-proxy/node-a/2026-11-21/1795244469930.prom", "scrape kube-proxy/node-a 2026-11-21T07:01:09.930Z"},
	{"nor does one that is a word of all", "kube-proxy/node-a/metrics/1795244469930.prom", "scrape kube-proxy/node-a 2026-11-21T07:01:09.930Z"},
	{"dots are a folder's name like any other", "../a.b/1795244469930.prom", "scrape ../a.b 2026-11-21T07:01:09.930Z"},
}

func (f File) String() string {
	var s string
	switch f.Kind {
	case KindOther:
		return "ignored: " + f.Why
	case KindManifest:
		return "manifest"
	case KindScrape:
		s = "scrape"
	case KindCandidate:
		s = "candidate"
	case KindHeaders:
		s = "headers"
	case KindFailure:
		s = "failure"
	}
	if f.Whole {
		s += " of file"
	}
	s += " " + f.job + "/" + f.instance
	if !f.Timed {
		return s + " untimed"
	}
	s += " " + clock.Format(f.Time)
	if !f.Zoned {
		s += " no zone"
	}
	return s
}

func split(p string) (folder, name string) {
	i := strings.LastIndexByte(p, '/')
	return p[:max(i, 0)], p[i+1:]
}

func TestRecognise(t *testing.T) {
	for _, row := range recogniseRows {
		t.Run(row.name, func(t *testing.T) {
			if got := recognisePath(split(row.path)).String(); got != row.want {
				t.Errorf("%q\n got %q\nwant %q", row.path, got, row.want)
			}
		})
	}
}

func TestRecogniseVeryLongName(t *testing.T) {
	folder := strings.Repeat("a", 1<<20)
	f := recognisePath(folder, strings.Repeat("9", 1<<20)+".prom")
	if f.Kind != KindScrape || f.Timed || f.instance != folder {
		t.Errorf("kind %d, timed %v, instance of %d bytes", f.Kind, f.Timed, len(f.instance))
	}
}

// FuzzRecognise holds for any path: no panic; the same answer twice; a time
// that is recognised is recognised as the same moment in every form that it can
// be written in; and the forms do not depend on the folders.
func FuzzRecognise(f *testing.F) {
	for _, row := range recogniseRows {
		f.Add(row.path)
	}
	for _, time := range []string{"1795244469", "1795244469.93", "2026-11-21T07-01-09.93Z", "20261121T080109+0100", "2026-11-21 07:01:09,930", "0000-01-01T00:00:00+01:00"} {
		f.Add("j/i/" + time + ".prom")
	}
	f.Fuzz(func(t *testing.T, p string) {
		folder, name := split(p)
		got := recognisePath(folder, name)
		if again := recognisePath(folder, name); again != got {
			t.Fatalf("%q is once %v and once %v", p, got, again)
		}
		if got.Kind == KindOther && (got.Why == "" || got.Timed) {
			t.Fatalf("%q is ignored for no reason: %+v", p, got)
		}
		if strings.ToValidUTF8(got.job+got.instance, "") != got.job+got.instance {
			t.Fatalf("%q makes labels that are no UTF-8: %q, %q", p, got.job, got.instance)
		}
		if strings.Contains(got.job+got.instance, "/") {
			t.Fatalf("%q: %q, %q hold a slash", p, got.job, got.instance)
		}
		if !got.Timed {
			return
		}
		if !strings.HasPrefix(name, got.Stem) {
			t.Fatalf("%q: the stem %q does not begin it", name, got.Stem)
		}
		moment := time.UnixMilli(got.Time).UTC()
		for _, form := range []string{"2006-01-02T15:04:05.000Z", "2006-01-02T15-04-05.000Z", "20060102T150405.000Z", "2006-01-02 15:04:05,000", "2006-01-02t15:04:05.000+00:00"} {
			stem := moment.Format(form)
			again := recognisePath(folder, stem+".prom")
			if again.Kind != KindScrape || !again.Timed || again.Time != got.Time || again.job != got.job || again.instance != got.instance {
				t.Fatalf("%q is %v, but %q is %v", p, got, path.Join(folder, stem), again)
			}
		}
	})
}

// recognisePath tells what the file of a name in a folder, a slash-separated
// path within the capture, is.
func recognisePath(folder, name string) File {
	f := Recognise(name)
	f.job, f.instance = RecogniseFolder(folder)
	if f.Kind == KindManifest && f.instance != "" {
		f.Kind, f.Why = KindOther, ManifestName+" counts only at the top"
	}
	return f
}
