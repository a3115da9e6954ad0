package replay

import (
	"context"
	"time"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// RuleGroup is a group of rules, as Options takes them.
type RuleGroup = rules.Group

// RuleError is a mistake in a rule file, with its place.
type RuleError = rules.Error

// ReadRules reads a rule file as Prometheus does. On mistakes it returns all of
// them, each a *RuleError, and no group. The file's name is for messages.
func ReadRules(file string, data []byte) ([]*RuleGroup, []error) {
	return rules.Parse(file, data, rules.ParseOptions{})
}

// Instant evaluates an expression at one instant, with the settings that Run
// evaluates rules with. It is an error to ask for what was not loaded.
func (l *Loaded) Instant(ctx context.Context, expr string, at time.Time) (*query.Value, error) {
	if err := l.covers(expr); err != nil {
		return nil, err
	}
	return l.asked.Instant(ctx, l, expr, at)
}

// Range evaluates an expression at start, start+step, … up to end, both
// included, as Instant does.
func (l *Loaded) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) (*query.Value, error) {
	if err := l.covers(expr); err != nil {
		return nil, err
	}
	return l.asked.Range(ctx, l, expr, start, end, step)
}
