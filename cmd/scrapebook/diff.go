package main

import (
	"cmp"
	"io"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
)

type diffFlags struct {
	match   matchFlag
	rates   bool
	all     bool
	format  string
	out     output
	capture captureFlags
}

func newDiff() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two scrapes of a target: what its counters did, what moved",
		Long: `Diff sets a scrape beside an earlier one of the same target. By the type of
each family: of counters the increase and the rate over the true time between
the scrapes, gauges from and to, histograms as what was observed in between.
What moved most comes first, resets and series that vanished on top. Of families
it tells types, help texts, units and buckets that changed, new start timestamps
and exemplars.

Exit code 0: nothing differs; 1: something does; 2: it could not be done.`,
		Example: `  scrapebook diff 1795245007.prom 1795245012.prom
  scrapebook diff before.prom after.prom --match '{__name__=~"http_.*"}' --rates
  scrapebook diff before.prom after.prom --format json`,
		Args: arguments(2, 2, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0], args[1]) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	f.match.register(cmd)
	fl.BoolVar(&f.rates, "rates", false, "counters by their rate per second instead of their increase")
	fl.BoolVar(&f.all, "all", false, "every series that moved, not the first 40")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text or json")
	f.out.register(cmd)
	f.capture.register(cmd)
	completeValues(cmd, "format", "text", "json")
	return cmd
}

func (f *diffFlags) run(cmd *cobra.Command, older, newer string) error {
	if err := cmp.Or(oneOf(cmd, "format", f.format, "text", "json"), f.match.parse()); err != nil {
		return err
	}
	before, err := f.capture.openScrape(cmd, older)
	if err != nil {
		return err
	}
	after, err := f.capture.openScrape(cmd, newer)
	if err != nil {
		return err
	}
	c := signals.Compare(before, after)
	d := newDifference(c, f.match)
	d.families(before.Snapshot, after.Snapshot, f.match)
	d.sort()
	d.Old, d.New = older, newer
	if c.Elapsed < 0 {
		say(cmd.ErrOrStderr(), "%s was scraped after %s: OLD comes before NEW", older, newer)
	}
	if err := f.out.write(cmd, func(w io.Writer) error {
		if f.format == "json" {
			return d.writeJSON(w)
		}
		return d.writeText(w, widthOf(w), f.rates, f.all)
	}); err != nil {
		return err
	}
	if len(d.Moves) > 0 {
		return &exit{code: codeFound}
	}
	return nil
}

// difference is what diff shows.
type difference struct {
	Old     string  `json:"old"`
	New     string  `json:"new"`
	Seconds float64 `json:"elapsed_seconds"` // 0: a time is not known
	Series  int     `json:"series"`          // of either scrape, as far as they match
	Moves   []move  `json:"moves"`           // what differs, most moved first
}

// move is one series, or family, that differs.
type move struct {
	Kind     string            `json:"kind"` // of a series: reset, vanished, new, counter, gauge or histogram; else see familyKinds
	Type     string            `json:"type"`
	Name     string            `json:"name"`
	Labels   map[string]string `json:"labels"`
	Before   string            `json:"before,omitempty"` // of a histogram: its count
	After    string            `json:"after,omitempty"`
	Increase string            `json:"increase,omitempty"`
	Rate     string            `json:"rate,omitempty"`  // per second
	Upper    string            `json:"upper,omitempty"` // of the increase, where it is not certain
	P50      string            `json:"p50,omitempty"`   // of what was observed in between
	P99      string            `json:"p99,omitempty"`
	Flags    string            `json:"flags,omitempty"`  // of the p99
	Number   int               `json:"number,omitempty"` // of metrics that restarted, of exemplars that are new

	relative float64
}

// kinds are in the order in which they are shown; the three that move are one.
var kinds = map[string]int{
	"reset": 0, "restarted": 1, "vanished": 2, "retyped": 3, "buckets": 4, "unit": 5, "help": 6, "new": 7,
	"counter": 8, "gauge": 8, "histogram": 8, "exemplars": 9,
}

func newDifference(c *signals.Comparison, m matchFlag) *difference {
	d := &difference{Seconds: c.Elapsed.Seconds(), Moves: []move{}}
	isNew := map[string]bool{}
	for _, s := range c.Added {
		isNew[identity(s.Name, s.Labels)] = true
	}
	for _, x := range c.Counters {
		d.counter(x, m, isNew)
	}
	for _, x := range c.Gauges {
		d.gauge(x, m)
	}
	for _, x := range c.Histograms {
		d.histogram(x, m, isNew)
	}
	for _, s := range c.Added {
		if !isNew[identity(s.Name, s.Labels)] || !m.matches(s) {
			continue
		}
		if s.Type != expfmt.TypeHistogram && s.Type != expfmt.TypeGaugeHistogram { // these are counted
			d.Series++
		}
		d.add(newMove("new", s), 0)
	}
	for _, s := range c.Vanished {
		if m.matches(s) {
			d.Series++
			d.add(newMove("vanished", s), 0)
		}
	}
	for _, r := range c.Retyped {
		if m.matches(signals.Series{Name: r.Family, Family: r.Family}) {
			mv := move{Kind: "retyped", Name: r.Family, Type: r.After.String(), Before: r.Before.String(), After: r.After.String()}
			d.add(mv, 0)
		}
	}
	return d
}

func (d *difference) sort() {
	slices.SortStableFunc(d.Moves, func(a, b move) int {
		return cmp.Or(cmp.Compare(kinds[a.Kind], kinds[b.Kind]), cmp.Compare(b.relative, a.relative), cmp.Compare(a.Name, b.Name))
	})
}

func newMove(kind string, s signals.Series) move {
	ls := map[string]string{}
	for _, l := range s.Labels {
		ls[l.Name] = l.Value
	}
	return move{Kind: kind, Type: s.Type.String(), Name: s.Name, Labels: ls}
}

func (d *difference) add(m move, relative float64) {
	m.relative = relative
	d.Moves = append(d.Moves, m)
}

// increase fills in what Rate says.
func (m *move) increase(r signals.Rate) {
	m.Increase = shortest(r.Increase)
	if !math.IsNaN(r.PerSecond) {
		m.Rate = shortest(r.PerSecond)
	}
	if r.Upper != r.Lower && !math.IsNaN(r.Upper) {
		m.Upper = shortest(r.Upper)
	}
	if r.Reset {
		m.Kind = "reset"
	}
}

func (d *difference) counter(x signals.Counter, m matchFlag, isNew map[string]bool) {
	if !m.matches(x.Series) {
		return
	}
	d.Series++
	mv := newMove("counter", x.Series)
	mv.After = shortest(x.After)
	if x.First {
		delete(isNew, identity(x.Name, x.Labels)) // told here, with its value
		mv.Kind = "new"
		mv.increase(x.Rate)
		d.add(mv, 0)
		return
	}
	if same(x.Before, x.After) && !x.Rate.Reset {
		return
	}
	mv.Before = shortest(x.Before)
	mv.increase(x.Rate)
	d.add(mv, relative(x.Before, x.After))
}

func (d *difference) gauge(x signals.Gauge, m matchFlag) {
	if !m.matches(x.Series) {
		return
	}
	d.Series++
	if same(x.Before, x.After) {
		return
	}
	mv := newMove("gauge", x.Series)
	mv.Before, mv.After = shortest(x.Before), shortest(x.After)
	d.add(mv, relative(x.Before, x.After))
}

func (d *difference) histogram(x signals.Histogram, m matchFlag, isNew map[string]bool) {
	if !m.matches(x.Series) {
		return
	}
	d.Series++
	if x.First {
		if x.Increase != nil {
			delete(isNew, identity(x.Name, x.Labels)) // told here, with its values
			mv := newMove("new", x.Series)
			mv.After = shortest(x.After.Count())
			mv.observed(x)
			d.add(mv, 0)
		}
		return
	}
	mv := newMove("histogram", x.Series)
	before, after := x.Before.Count(), x.After.Count()
	mv.Before, mv.After = shortest(before), shortest(after)
	if x.Increase == nil { // counts what is, and not what happened
		if !same(before, after) {
			d.add(mv, relative(before, after))
		}
		return
	}
	if same(before, after) && same(x.Before.Sum(), x.After.Sum()) && !x.Rate.Reset {
		return
	}
	mv.observed(x)
	d.add(mv, relative(before, after))
}

// observed fills in what a histogram saw in between.
func (m *move) observed(x signals.Histogram) {
	m.increase(x.Rate)
	p99 := x.Increase.Estimate(0.99)
	m.P50, m.P99 = shortest(x.Increase.Quantile(0.5)), shortest(p99.Value)
	if p99.Flags != 0 {
		m.Flags = p99.Flags.String()
	}
}

// same compares values as a reader of the files would: NaN is NaN.
func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// relative is how far a value moved against what it was; what was 0 moved
// infinitely far. Of the counters of a process, which are of one age, this is the
// order of their rates now against those over its life until then.
func relative(before, after float64) float64 {
	r := math.Abs(after-before) / math.Abs(before)
	if math.IsNaN(r) {
		return 0
	}
	return r
}
