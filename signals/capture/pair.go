package capture

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/textproto"
	"path"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// An OrderError says that the older of two scrapes was not taken before the
// newer one.
type OrderError struct {
	Older, Newer int64 // their times, in ms since the epoch
}

func (e *OrderError) Error() string {
	return fmt.Sprintf("the older scrape is of %s, which is not before the newer one's time, %s", clock.Format(e.Older), clock.Format(e.Newer))
}

// Pair makes one capture of two scrapes, as Stream.Scrape gives them. Both
// become scrapes of one target, which has the job and the instance of the newer
// one, and none of its other labels and settings. The Content-Type of their
// headers is kept. The names of their files do not matter, so that
// Options.Name, TimeFrom, Every, End and Limits do nothing. The scrapes are
// copied.
//
// The error is an *OrderError when the older one was not taken before the newer
// one.
func Pair(older, newer *Scrape, name string, opts Options) (*Capture, error) {
	if older.Time >= newer.Time {
		return nil, &OrderError{Older: older.Time, Newer: newer.Time}
	}
	opts.Name = nil
	l := newListing(noFiles{}, name, opts)
	files := map[string][]byte{}
	l.in.looker.OpenFile = memory(files)
	l.walk.dirs = []string{""}
	target := l.targets.target(folder{job: newer.Target.Job, instance: newer.Target.Instance})
	for i, s := range []*Scrape{older, newer} {
		e := entry{time: s.Time, target: target, body: path.Join("/", newer.Target.Job, newer.Target.Instance, fmt.Sprintf("%d.prom", s.Time))[1:]}
		files[e.body] = bytes.Clone(s.Body)
		if s.Header != nil {
			kept := textproto.MIMEHeader{}
			if ct := s.Header.Get("Content-Type"); ct != "" {
				kept.Set("Content-Type", ct)
			}
			e.headers = fmt.Sprintf("%d.headers", i)
			files[e.headers] = formatHeaders(kept, 200)
		}
		l.scrapes.time(e.body, clock.FromName, true)
		l.scrapes.entries = append(l.scrapes.entries, e)
	}
	return l.capture()
}

// memory opens files that are held in memory.
func memory(files map[string][]byte) func(name string) (io.ReadCloser, int64, error) {
	return func(name string) (io.ReadCloser, int64, error) {
		data, ok := files[name]
		if !ok {
			return nil, 0, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
	}
}
