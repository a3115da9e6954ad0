package capture

import (
	"slices"
	"testing"
	"testing/fstest"
)

// What Times lists is what a Stream hands out.
func TestTimes(t *testing.T) {
	c, err := Open(fstest.MapFS{
		"j/a/1795244469000.prom": {Data: []byte("m 1\n")},
		"j/b/1795244469500.prom": {Data: []byte("m 1\n")},
		"j/a/1795244470000.err":  {Data: []byte("refused\n")},
		"j/b/1795244470000.prom": {Data: []byte("m 1\n")},
	}, "test", Options{})
	if err != nil {
		t.Fatal(err)
	}
	type scrape struct {
		instance string
		time     int64
	}
	var want, got []scrape
	for s := c.Stream(); s.Next(); {
		want = append(want, scrape{s.Scrape().Target.Instance, s.Scrape().Time})
	}
	for target, at := range c.Times() {
		got = append(got, scrape{target.Instance, at})
	}
	if len(got) != 4 || !slices.Equal(got, want) {
		t.Errorf("Times lists %v, the Stream has %v", got, want)
	}
	for range c.Times() {
		break // must not go on
	}
}
