package oracle

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/teststorage"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// dumpOpenMetrics writes a store as promtool tsdb dump-openmetrics does
// (cmd/promtool/tsdb.go, formatSeriesSetOpenMetrics of v0.316.0): a series
// ends at its first native histogram. Names that need quotes are left out.
func dumpOpenMetrics(q storage.Queryable) (string, error) {
	querier, err := q.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return "", err
	}
	defer querier.Close()
	var b strings.Builder
	set := querier.Select(context.Background(), false, nil, everySeries)
	for set.Next() {
		ls := set.At().Labels()
		if !readsBack(ls) {
			continue
		}
		series := ls.Get(model.MetricNameLabel) + "{"
		comma := ""
		ls.Range(func(l labels.Label) {
			if l.Name != model.MetricNameLabel {
				series += comma + l.Name + "=" + strconv.Quote(l.Value)
				comma = ","
			}
		})
		for it := set.At().Iterator(nil); it.Next() == chunkenc.ValFloat; {
			ts, v := it.At()
			fmt.Fprintf(&b, "%s} %g %.3f\n", series, v, float64(ts)/1000)
		}
	}
	b.WriteString("# EOF\n")
	return b.String(), set.Err()
}

// readsBack tells whether a parser reads a series as promtool writes it: names
// come without the quotes that some need, and values with Go's escapes, of
// which OpenMetrics knows three.
func readsBack(ls labels.Labels) bool {
	ok := model.LegacyValidation.IsValidMetricName(ls.Get(model.MetricNameLabel))
	ls.Range(func(l labels.Label) {
		plain := strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(l.Value)
		ok = ok && strconv.Quote(l.Value) == `"`+plain+`"`
	})
	return ok
}

var everySeries = labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, ".+")

// TestDump dumps the stores of upstream's servers after made-up captures,
// loads the dumps, and wants every sample that a dump can tell and the
// server's own answers to queries.
func TestDump(t *testing.T) {
	dumped, whole, answers := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPair(rt)
		p.Rules, p.GapsFailed, p.OnDamageFail = nil, false, true
		for i := range p.Jobs {
			p.Jobs[i].Removed = false
		}
		var text string
		theirs, err := liveAndThen(t, p, time.Minute, func(store storage.Queryable) (err error) {
			text, err = dumpOpenMetrics(store)
			return err
		})
		if err != nil {
			rt.Fatal(err)
		}
		c, err := capture.Open(fstest.MapFS{"metrics.openmetrics": {Data: []byte(text)}}, "dump", capture.Options{})
		if err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		loaded, err := replay.Load(context.Background(), replay.Options{
			Capture: c, Interval: time.Minute, Features: p.Features, Lookback: time.Duration(p.Lookback) * time.Millisecond,
		})
		if err != nil {
			rt.Fatal(err)
		}
		ours, err := readAll(loaded)
		if err != nil {
			rt.Fatal(err)
		}
		told, lost := tellable(theirs.stored)
		var differences []string
		compareStored(told, ours, func(format string, args ...any) { differences = append(differences, fmt.Sprintf(format, args...)) })
		if len(differences) > 0 {
			rt.Fatalf("%s\n%s", strings.Join(differences[:min(5, len(differences))], "\n"), text)
		}
		dumped += told.samples()

		want := theirs.queries
		if lost == 0 {
			whole++
		} else if want, err = answersOf(t, p, told); err != nil {
			rt.Fatal(err)
		}
		engine := query.NewEngine(query.Options{EvaluationInterval: time.Minute, Lookback: time.Duration(p.Lookback) * time.Millisecond, Features: p.Features})
		for i, q := range p.Queries {
			got := ourAnswer(engine, loaded, q)
			if got != want[i] && got != ourAnswer(engine, loaded, q) {
				continue // the order of a Go map decides
			}
			if got != want[i] && !undecidable(q.Expr) {
				rt.Fatalf("%s\nupstream %s\nours     %s", q.Expr, want[i], got)
			}
			if len(got) > 5 {
				answers++
			}
		}
	})
	t.Logf("%d samples in dumps, %d stores that lost nothing in theirs, %d queries that had an answer", dumped, whole, answers)
	if dumped < 1000 || whole == 0 || answers < 10 {
		t.Error("too few to prove anything")
	}
}

// undecidable tells of aggregations that take one of several equals: which,
// depends on the order of the store's series, and a dump has another.
func undecidable(expr string) bool {
	for _, f := range []string{"topk", "bottomk", "limitk", "sum", "avg", "stddev", "stdvar"} {
		if strings.Contains(expr, f) {
			return true
		}
	}
	return false
}

// tellable is what a dump tells of a store: no native histograms and nothing
// of a series after one, no metric names that need quotes, and any NaN as NaN.
func tellable(c contents) (told contents, lost int) {
	told = contents{}
	for key, list := range c {
		ls := list[0].labels
		if !readsBack(ls) {
			lost++
			continue
		}
		for _, s := range list {
			if s.kind != chunkenc.ValFloat {
				lost++
				break
			}
			if math.IsNaN(s.v) {
				s.v = math.NaN()
				lost++
			}
			told[key] = append(told[key], s)
		}
	}
	return told, lost
}

// answersOf asks upstream's engine over a store of these samples.
func answersOf(t *testing.T, p *pair, c contents) ([]string, error) {
	store, err := teststorage.NewWithError()
	if err != nil {
		return nil, err
	}
	defer store.Close()
	var all []sample
	for _, list := range c {
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b sample) int { return cmp.Compare(a.ts, b.ts) })
	app := store.Appender(context.Background())
	for _, s := range all {
		if _, err := app.Append(0, s.labels, s.ts, s.v); err != nil {
			return nil, err
		}
	}
	if err := app.Commit(); err != nil {
		return nil, err
	}
	var answers []string
	engine := promql.NewEngine(p.engineOptions(time.Minute))
	for _, q := range p.Queries {
		answers = append(answers, theirAnswer(engine, store, q))
	}
	return answers, nil
}
