package rules

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
)

// A Group is a list of rules that are evaluated one after another at the same
// instants. Parse and ParseExpr make them.
type Group struct {
	Name string
	File string // as it was given to Parse; "" for ParseExpr
	// Interval between two evaluations; 0 when the file leaves it to the
	// global evaluation interval.
	Interval time.Duration
	// QueryOffset is how far before an instant the rules' queries look.
	QueryOffset time.Duration
	// Limit is the number of series or alerts that one rule may produce before
	// it fails; 0 (or less) is no limit.
	Limit int
	// Labelled is set when the file gives labels to all rules of the group,
	// which stand in theirs.
	Labelled bool
	Rules    []*Rule
}

// A Rule is an alerting rule (Alert is set) or a recording rule (Record is).
type Rule struct {
	Alert  string // the alert's name; "" for a recording rule
	Record string // the metric that is written; "" for an alerting rule
	Expr   string // as written in the file

	// For is how long an alert is pending before it fires, KeepFiringFor how
	// long it goes on to fire without a result. Both are 0 for a recording
	// rule.
	For           time.Duration
	KeepFiringFor time.Duration

	// Labels are the group's labels overridden by the rule's, templates not
	// expanded.
	Labels      labels.Labels
	Annotations labels.Labels

	// Line and Column say where the rule stands in the file, both from 1;
	// columns are characters. Both are 1 for ParseExpr.
	Line, Column int

	// Selectors are the distinct vector selectors of the expression, in the
	// order in which they stand there.
	Selectors []query.Selector
	// Threshold is set when the expression compares something with a constant.
	Threshold *query.Threshold

	// Unwritten keeps the series that the rule makes from being written, so
	// that no query sees them, not even the rule's own.
	Unwritten bool

	expr *query.Expr
}

// With returns a copy of the rule with another expression. The features are
// those of ParseOptions. The error is that of query.Parse, a *query.Error for a
// mistake in the expression.
func (r *Rule) With(expr string, features []string) (*Rule, error) {
	parsed, err := query.Parse("", expr, features)
	if err != nil {
		return nil, err
	}
	c := *r
	c.Expr, c.Selectors, c.Threshold, c.expr = expr, parsed.Selectors, parsed.Threshold, parsed
	return &c, nil
}

// Name returns the alert's or the record's name.
func (r *Rule) Name() string {
	if r.Alert != "" {
		return r.Alert
	}
	return r.Record
}

// Starved tells whether the rule's expression can have no result for the reason
// that some of its selectors match nothing. Matched says of each selector
// whether it matches something.
func (r *Rule) Starved(matched func(query.Selector) bool) bool { return r.expr.Starved(matched) }

// Calls tells whether the rule's expression calls one of some functions.
func (r *Rule) Calls(names ...string) bool { return r.expr.Calls(names...) }

// Carries tells whether a result of the rule's expression may have a label, as
// query.Expr tells.
func (r *Rule) Carries(label string, may func(query.Selector) bool) bool {
	return r.expr.Carries(label, may)
}

// Groupings are those of the rule's expression.
func (r *Rule) Groupings() []query.Grouping { return r.expr.Groupings() }
