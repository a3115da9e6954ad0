package prometheus2

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// doubter watches the replay as Prometheus 2, and gathers why what it comes to
// may not be what Prometheus 2 would have said.
type doubter struct {
	rules []*seen // by number
}

// seen is a rule under watch.
type seen struct {
	group   *rules.Group
	rule    *rules.Rule
	earlier *query.Earlier
	doubts  []doubt
	unknown []string
	refused []string
	unread  bool // refused is about this rule
	native  bool
}

// doubt is a query.Doubt that hangs on the data.
type doubt struct {
	query.Doubt
	when *query.Expr
	held bool
}

// Begin implements replay.Observer.
func (d *doubter) Begin(opts replay.Options, _ storage.Queryable) {
	d.rules = nil
	settings := query.Options{Features: opts.Features, EvaluationInterval: opts.Interval}
	if settings.EvaluationInterval == 0 {
		settings.EvaluationInterval = opts.Capture.Interval
	}
	for _, g := range opts.Groups {
		for _, r := range g.Rules {
			d.rules = append(d.rules, newSeen(g, r, settings))
		}
	}
	for _, s := range d.rules {
		s.unread = len(s.refused) > 0
	}
	for _, s := range d.rules {
		if !s.unread {
			continue
		}
		for _, other := range d.rules { // a file is loaded as a whole
			if other != s && other.group.File == s.group.File && s.group.File != "" && len(other.refused) == 0 {
				other.refused = []string{fmt.Sprintf("%s of the same file is not read: %s", s.rule.Name(), s.refused[0])}
			}
		}
	}
}

func newSeen(g *rules.Group, r *rules.Rule, opts query.Options) *seen {
	s := &seen{group: g, rule: r, earlier: &query.Earlier{}}
	earlier, err := query.InPrometheus2(r.Expr, opts)
	if err != nil { // it was parsed when the rule was loaded
		s.unknown = append(s.unknown, err.Error())
		return s
	}
	s.earlier = earlier
	if err := earlier.Refused; err != nil {
		s.refused = append(s.refused, sentence(err))
	}
	if g.Labelled {
		s.refused = append(s.refused, "Prometheus 2 knows no labels of a group")
	}
	for _, text := range []labels.Labels{r.Labels, r.Annotations} {
		text.Range(func(l labels.Label) {
			if name := younger(l.Value); name != "" && r.Alert != "" {
				s.refused = append(s.refused, fmt.Sprintf("Prometheus 2 does not know the function %s of the template %s", name, l.Name))
			}
		})
	}
	for _, one := range earlier.Doubts {
		if one.When == "" {
			s.doubt(one, time.Time{})
			continue
		}
		when, err := query.Parse("", one.When, opts.Features)
		if err != nil { // it is made of what was parsed
			s.doubt(one, time.Time{})
			continue
		}
		s.doubts = append(s.doubts, doubt{Doubt: one, when: when})
	}
	return s
}

// sentence is the first line of an error, without what is around it.
func sentence(err error) string {
	var e *query.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%d:%d: %v", e.Line, e.Column, errors.Unwrap(e.Err))
	}
	return err.Error()
}

func (s *seen) doubt(d query.Doubt, at time.Time) {
	text := fmt.Sprintf("%s: %s", d.Piece, d.Why)
	if !at.IsZero() {
		text += ", as at " + at.UTC().Format("15:04:05")
	}
	s.unknown = append(s.unknown, text)
}

// younger finds a function in a template that Prometheus 2 does not know; ""
// when there is none.
func younger(text string) string {
	if !strings.Contains(text, "{{") {
		return ""
	}
	known := template.FuncMap{}
	defs := "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"
	for range 100 { // one function more each time
		_, err := template.New("").Funcs(known).Parse(defs + text)
		if err == nil {
			return ""
		}
		_, rest, ok := strings.Cut(err.Error(), "function \"")
		name, _, end := strings.Cut(rest, "\"")
		if !ok || !end {
			return ""
		}
		if slices.Contains([]string{"now", "toDuration", "urlQueryEscape"}, name) {
			return name
		}
		known[name] = func(...any) string { return "" }
	}
	return ""
}

// Scraped implements replay.Observer.
func (d *doubter) Scraped(int, bool) {}

// Saw implements replay.Observer.
func (d *doubter) Saw(n int, look rules.Look) {
	s := d.rules[n]
	for i := range s.doubts {
		one := &s.doubts[i]
		if one.held {
			continue
		}
		if vec, err := look.Ask(one.when); err != nil || len(vec) > 0 {
			one.held = true
			s.doubt(one.Doubt, look.At)
		}
	}
}

// Came implements replay.Observer.
func (d *doubter) Came(int, time.Time, *rules.Outcome) {}

// Samples implements replay.Observer.
func (d *doubter) Samples(store storage.Queryable) {
	q, err := store.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return // a timeline always has one
	}
	defer q.Close()
	for _, s := range d.rules {
		for _, sel := range s.rule.Selectors {
			set := q.Select(context.Background(), false, nil, sel.Matchers...)
			for !s.native && set.Next() {
				vt := set.At().Iterator(nil).Next()
				s.native = vt == chunkenc.ValHistogram || vt == chunkenc.ValFloatHistogram
			}
		}
	}
}

// Done implements replay.Observer.
func (d *doubter) Done(*ingest.Names) {
	for _, s := range d.rules {
		if s.native {
			s.unknown = append(s.unknown, "it sees native histograms, of which much has changed")
		}
	}
}

// spread carries doubts to the rules that select what rules in doubt write.
func (d *doubter) spread() {
	for more := true; more; {
		more = false
		for _, s := range d.rules {
			if s.uncertain() {
				continue
			}
			for _, other := range d.rules {
				if other != s && other.uncertain() && s.reads(other.rule) {
					s.unknown = append(s.unknown, fmt.Sprintf("it selects what %s writes, of which it is not known", other.rule.Name()))
					more = true
					break
				}
			}
		}
	}
}

func (s *seen) uncertain() bool { return len(s.unknown)+len(s.refused) > 0 }

// reads tells whether a rule may select what another writes.
func (s *seen) reads(r *rules.Rule) bool {
	return slices.ContainsFunc(s.rule.Selectors, func(sel query.Selector) bool { return sel.Name() == "" || reads(sel, r) })
}

// reads tells whether a selector names what a rule writes.
func reads(s query.Selector, r *rules.Rule) bool {
	switch s.Name() {
	case "":
		return false
	case "ALERTS", "ALERTS_FOR_STATE":
		return r.Alert != ""
	}
	return s.Name() == r.Record
}

// numbers are those of the rules of two results, which may lack some.
func (d *doubter) numbers(three, two *replay.Result) ([]int, error) {
	if len(three.Rules) != len(two.Rules) {
		return nil, fmt.Errorf("the replays have %d and %d rules", len(three.Rules), len(two.Rules))
	}
	var list []int
	n := 0
	for i := range three.Rules {
		a, b := &three.Rules[i], &two.Rules[i]
		if !same(a, b) {
			return nil, fmt.Errorf("the replays have other rules: %s%s and %s%s", a.Alert, a.Record, b.Alert, b.Record)
		}
		for n < len(d.rules) && !d.rules[n].is(a) {
			n++
		}
		if n == len(d.rules) {
			return nil, fmt.Errorf("the replay has no rule %s%s", a.Alert, a.Record)
		}
		list = append(list, n)
		n++
	}
	return list, nil
}

func same(a, b *replay.Rule) bool {
	return a.Alert == b.Alert && a.Record == b.Record && a.Expr == b.Expr && a.Group == b.Group && a.File == b.File
}

func (s *seen) is(r *replay.Rule) bool {
	return s.rule.Alert == r.Alert && s.rule.Record == r.Record && s.rule.Expr == r.Expr && s.group.Name == r.Group && s.group.File == r.File
}
