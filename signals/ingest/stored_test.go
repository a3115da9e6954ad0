package ingest_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Each sample is told with where it came from: a target, a rule, or a dump.
func TestStored(t *testing.T) {
	tl := timeline.NewKeeping(func(labels.Labels) timeline.Keep { return timeline.KeepNewest })
	told := map[string]int{}
	in := ingest.New(tl, ingest.Options{Stored: func(s *ingest.Stored) {
		from := "nobody"
		if s.Target != nil {
			from = s.Target.Instance
		}
		if s.Rule {
			from = "rule"
		}
		told[from+" "+s.Labels(s.Ref).Get(model.MetricNameLabel)]++
	}})
	files := fstest.MapFS{"capture.yaml": {Data: []byte("targets: {j/a: {ends: removed}}\n")}}
	for i := range 4 { // the last ones are repeats, which are stored as rows
		files[fmt.Sprintf("j/a/%d.prom", t0+int64(i)*10_000)] = &fstest.MapFile{Data: fmt.Appendf(nil, "m %d\n", i)}
	}
	files[fmt.Sprintf("j/b/%d.err", t0)] = &fstest.MapFile{Data: []byte("refused\n")}
	c, err := capture.Open(files, "c", capture.Options{})
	require.NoError(t, err)
	p := ingest.NewPrefetcher(c, in, 0)
	defer p.Close()
	for {
		if _, ok := p.Peek(); !ok {
			break
		}
		_, _, err := p.Store(nil, func(bool) error { return nil })
		require.NoError(t, err)
	}
	in.End(c.Targets[0], t0+60_000)
	require.NoError(t, in.Append(labels.FromStrings("__name__", "r"), t0, 1))
	in.Add(&capture.Scrape{Bulk: true, Time: t0, File: "dump", Body: []byte("d 1 1700000000.000\n# EOF\n")})
	in.Release(t0)
	require.Equal(t, 5, told["a m"], "four and a marker")
	require.Equal(t, 5, told["a up"])
	require.Equal(t, 1, told["b up"])
	require.Equal(t, 1, told["rule r"])
	require.Equal(t, 1, told["nobody d"])
	require.Equal(t, int(tl.NumSamples()), sum(told))
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
