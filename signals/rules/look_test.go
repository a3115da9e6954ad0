package rules_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// tallied counts the queries over a range.
type tallied struct {
	query.Source
	ranges map[string]int
}

func (s tallied) Steps(ctx context.Context, expr string, start, end time.Time, step time.Duration) *query.Steps {
	s.ranges[expr]++
	return s.Source.Steps(ctx, expr, start, end, step)
}

// What is asked at many instants is computed at all of them at once, of many
// series only where it is asked at more of them.
func TestAskedOften(t *testing.T) {
	st := newStore()
	var lines []string
	for i := range 1300 {
		lines = append(lines, fmt.Sprintf(`many{i="%d"} 1x40`, i))
	}
	st.load(t, 10*time.Second, append(lines, `few 1x40`)...)
	many, err := query.Parse("", "many", nil)
	require.NoError(t, err)
	few, err := query.Parse("", "few", nil)
	require.NoError(t, err)
	for asks, want := range map[int]map[string]int{
		3:  {"few < 1": 1},
		4:  {"few < 1": 1, "few": 1},
		6:  {"few < 1": 1, "few": 1},
		7:  {"few < 1": 1, "few": 1, "many": 1},
		16: {"few < 1": 1, "few": 1, "many": 1},
	} {
		groups, errs := rules.Parse("x.yml", []byte("groups: [{name: g, rules: [{record: r, expr: few < 1}]}]"), rules.ParseOptions{})
		require.Empty(t, errs)
		source := tallied{query.NewEngine(query.Options{}).Over(st), map[string]int{}}
		instants := 0
		ev := rules.NewEvaluator(groups[0], rules.EvalOptions{Source: source, Appender: st, Observe: func(l rules.Look) {
			if instants++; instants > asks {
				return
			}
			for x, n := range map[*query.Expr]int{many: 1300, few: 1} {
				vec, err := l.Ask(x)
				require.NoError(t, err)
				require.Len(t, vec, n)
			}
		}})
		var at []time.Time
		for i := range 32 {
			at = append(at, time.UnixMilli(int64(i)*10_000))
		}
		for _, work := range ev.Prepare(context.Background(), at, func(*rules.Rule) bool { return true }) {
			work()
		}
		for _, ts := range at {
			ev.Eval(context.Background(), ts)
		}
		require.Equal(t, want, source.ranges, "%d asks", asks)
	}
}
