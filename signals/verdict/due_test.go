package verdict_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// When a finding says that a rule would have fired at a time if something had
// been otherwise, that is when it does fire where it is otherwise.
func TestDueIsWhenItFires(t *testing.T) {
	for _, tt := range []struct {
		name, id          string
		scene, rule       string
		otherScene, other string // "": the same
	}{
		{name: "value in a label", id: verdict.IdentityChurn, scene: "j/i m 1*3 90+1*20", rule: `alert: A, expr: m > 80, for: 100s, labels: {v: "{{ $value }}"}`,
			other: `alert: A, expr: m > 80, for: 100s`},
		{name: "pods", id: verdict.IdentityChurn, scene: "j/i m{pod=\"a\"} 9*4 _*16\nj/i m{pod=\"b\"} _*4 9*4 _*12\nj/i m{pod=\"c\"} _*8 9*12", rule: `alert: A, expr: m > 5, for: 4m`,
			other: `alert: A, expr: max without (pod) (m) > 5, for: 4m`},
		{name: "born late", id: verdict.BornLate, scene: "j/i x 1*40\nj/i m_total _*20 3*20", rule: `alert: A, expr: 'increase(m_total[3m]) > 2'`,
			otherScene: "j/i x 1*40\nj/i m_total 0*20 3*20"},
		{name: "born late, held", id: verdict.BornLate, scene: "j/i x 1*40\nj/i m_total _*20 3*20", rule: `alert: A, expr: 'sum by (job) (rate(m_total[3m])) > 0.01', for: 2m`,
			otherScene: "j/i x 1*40\nj/i m_total 0*20 3*20"},
		{name: "failing", id: verdict.Failing, scene: "j/i m 9*20\nj/i n{b=\"1\"} 1*20\nj/i n{b=\"2\"} _*6 1*14", rule: `alert: A, expr: m * on (instance) n > 5, for: 2m`,
			otherScene: "j/i m 9*20\nj/i n{b=\"1\"} 1*20"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := whyOf(t, tt.scene, tt.rule).Why[0][0]
			require.Equal(t, tt.id, f.ID, f.Text)
			due := f.Evidence["due"].(time.Time)
			require.Contains(t, f.Text, due.Format(time.TimeOnly))
			if tt.otherScene == "" {
				tt.otherScene = tt.scene
			}
			if tt.other == "" {
				tt.other = tt.rule
			}
			require.Equal(t, due, firstFiring(t, whyOf(t, tt.otherScene, tt.other).Rules[0]))
		})
	}
}

// A step that leaves the range before for has elapsed would not have been
// enough.
func TestBornLateForTooLong(t *testing.T) {
	for _, rule := range []string{`alert: A, expr: 'increase(m_total[3m]) > 2', for: 2m50s`, `alert: A, expr: 'increase(m_total[15s]) > 2'`} {
		res := whyOf(t, "j/i x 1*40\nj/i m_total _*20 3*20", rule)
		require.NotEqual(t, verdict.BornLate, res.Why[0][0].ID, res.Why[0][0].Text)
		other := whyOf(t, "j/i x 1*40\nj/i m_total 0*20 3*20", rule)
		require.NotEqual(t, replay.VerdictFiring, other.Rules[0].Verdict, strings.TrimSpace(rule))
	}
}

func firstFiring(t *testing.T, r replay.Rule) time.Time {
	t.Helper()
	var first time.Time
	for _, a := range r.Alerts {
		for _, iv := range a.Intervals {
			if iv.State == replay.Firing && (first.IsZero() || iv.Start.Before(first)) {
				first = iv.Start
			}
		}
	}
	require.False(t, first.IsZero(), "it never fires")
	return first
}
