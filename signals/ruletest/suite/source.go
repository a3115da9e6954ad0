package suite

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A source asks the engine, but for expressions of which it is known that they
// give nothing: a test has series for a few of its rules, and is run for all of
// them.
type source struct {
	query.Source
	r     *runner
	tl    *timeline.Timeline
	quiet map[string]bool // gave nothing, neither an error nor an annotation
}

// Vector implements query.Source.
func (s *source) Vector(ctx context.Context, expr string, at time.Time) ([]query.Sample, []string, []string, error) {
	if s.quiet[expr] && s.blind(expr) {
		return nil, nil, nil, nil
	}
	vec, warnings, infos, err := s.Source.Vector(ctx, expr, at)
	s.quiet[expr] = len(vec)+len(warnings)+len(infos) == 0 && err == nil
	return vec, warnings, infos, err
}

// Steps implements query.Source.
func (s *source) Steps(ctx context.Context, expr string, start, end time.Time, step time.Duration) *query.Steps {
	if s.blind(expr) {
		return nil // each step is soon asked for
	}
	return s.Source.Steps(ctx, expr, start, end, step)
}

// blind tells whether an expression comes to the same at all times as long as
// its selectors match nothing, and they do.
func (s *source) blind(expr string) bool {
	list := s.r.selectorsOf(expr)
	return len(list) > 0 && !slices.ContainsFunc(list, func(ms []*labels.Matcher) bool { return s.tl.Count(ms...) > 0 })
}

// selectorsOf are those of an expression without a clock in it; none of others.
func (r *runner) selectorsOf(expr string) [][]*labels.Matcher {
	if known, ok := r.selectors.Load(expr); ok {
		return known.([][]*labels.Matcher)
	}
	var list [][]*labels.Matcher
	parsed, err := r.parser.ParseExpr(expr)
	clock := err != nil
	if !clock {
		parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
			switch n := n.(type) {
			case *parser.VectorSelector:
				list = append(list, n.LabelMatchers)
			case *parser.Call:
				if len(n.Args) == 0 || n.Func.Name == "info" {
					clock = true
				}
			}
			return nil
		})
	}
	if clock {
		list = nil
	}
	if r.texts.Add(1) < maxTexts { // templates may make up any number
		r.selectors.Store(expr, list)
	}
	return list
}
