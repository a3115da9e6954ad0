package compat

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/query"
)

// broken reports whether the rule cannot work on a version: it returns no
// sample, or is one absent() that always returns one.
func (x *checked) broken(v int) bool {
	if known, ok := x.breaks[v]; ok {
		return known
	}
	x.breaks[v] = false // rules that record each other
	x.breaks[v] = x.empty(x.expr, v) || x.always(x.expr, v)
	return x.breaks[v]
}

// always reports whether an expression is an absent() of what is not there.
func (x *checked) always(e parser.Expr, v int) bool {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return x.always(e.Expr, v)
	case *parser.Call:
		return isAbsent(e) && x.empty(e.Args[0], v)
	}
	return false
}

func isAbsent(c *parser.Call) bool {
	return c.Func.Name == "absent" || c.Func.Name == "absent_over_time"
}

// empty reports whether an expression cannot return a sample on a version.
func (x *checked) empty(e parser.Expr, v int) bool {
	return query.Barren(e, func(e parser.Expr) bool {
		switch e := e.(type) {
		case *parser.VectorSelector:
			return x.emptySelector(e, v)
		case *parser.BinaryExpr:
			return x.neverTrue(e, v)
		}
		return false
	})
}

func isVector(e parser.Expr) bool { return e.Type() == parser.ValueTypeVector }

// own are the metrics that Prometheus makes itself.
func own(name string) bool {
	return name == "up" || name == "ALERTS" || name == "ALERTS_FOR_STATE" || strings.HasPrefix(name, "scrape_")
}

func (x *checked) emptySelector(s *parser.VectorSelector, v int) bool {
	name := metricName(s)
	if name == "" || own(name) {
		return false
	}
	if by := x.recorded[name]; len(by) > 0 {
		return !slices.ContainsFunc(by, func(r *checked) bool { return !r.broken(v) })
	}
	f := x.family(name)
	p := &f.at[v]
	switch {
	case p.State == catalogue.Gone || p.State == catalogue.NotYet:
		return true
	case !p.State.Has():
		return false
	case p.Hidden || wrongPart(f, name, v):
		return true
	}
	for _, m := range s.LabelMatchers {
		if x.matchesNothing(f, name, m, v) != "" {
			return true
		}
	}
	return false
}

// matchesNothing returns the id of the finding when no series of the family can
// pass a matcher; "" when one may.
func (x *checked) matchesNothing(f *family, series string, m *labels.Matcher, v int) string {
	p := &f.at[v]
	switch {
	case m.Name == model.MetricNameLabel:
		return ""
	case m.Name == model.BucketLabel && strings.HasSuffix(series, "_bucket") && f.name != series:
		if (m.Type == labels.MatchEqual || m.Type == labels.MatchRegexp) && p.Bounds != nil && !hasBound(p.Bounds, m) {
			return "bucket-missing"
		}
		return ""
	}
	switch l := p.Label(m.Name); {
	case l != nil && l.Value != "" && !m.Matches(l.Value):
		return "value-never"
	case l == nil && p.HasLabels && !ofTargets[m.Name] && f.label(m.Name).Ever(catalogue.Yes) && !m.Matches(""):
		return "label-missing"
	}
	return ""
}

// wrongPart reports whether a name such as x_bucket is one of a family that
// has no such part on the version.
func wrongPart(f *family, series string, v int) bool {
	t := f.at[v].Type
	switch suffix := strings.TrimPrefix(series, f.name); {
	case t == "" || t == "custom" || suffix == "":
		return false
	case suffix == "_bucket":
		return t != "histogram" && t != "gaugehistogram"
	default:
		return t != "histogram" && t != "gaugehistogram" && t != "summary"
	}
}

// metricName is the name that a selector asks for, "" when it is several or
// none.
func metricName(s *parser.VectorSelector) string {
	for _, m := range s.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}
