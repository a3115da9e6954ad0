package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/report"
)

// board has as many targets as levels are given, each with one signal.
func board(levels ...packs.Level) *packs.Result {
	pb := packs.PackResult{Pack: "p", Signals: []packs.SignalResult{{Name: "s", Title: "a signal", Concern: packs.Concerns()[0]}}}
	for i, level := range levels {
		t := packs.Target{Job: "j", Instance: fmt.Sprintf("i%02d", i)}
		pb.Targets = append(pb.Targets, t)
		pb.Signals[0].Series = append(pb.Signals[0].Series, packs.Series{Target: t, Level: level, Worst: &packs.Point{Value: 1}})
	}
	return &packs.Result{Mode: packs.Life, Start: noon, End: noon.Add(time.Minute), Packs: []packs.PackResult{pb}}
}

// Of many targets those are shown that have something to tell, the worst first.
func TestSignalsOfManyTargets(t *testing.T) {
	levels := func(n int, level packs.Level) (list []packs.Level) {
		for range n {
			list = append(list, level)
		}
		return list
	}
	for _, tt := range []struct {
		name   string
		levels []packs.Level
		shown  int
		first  string
		rest   string
		reason string
	}{
		{"few", levels(8, packs.Good), 8, "i00", "", "there is room for all"},
		{"many good ones", levels(9, packs.Good), 0, "", "and 9 targets without a bad value: --all shows them", "none has anything to tell"},
		{"a bad one", append(levels(9, packs.Warn), packs.Bad), 10, "i09", "", "the worst stands first"},
		{"bad and good ones", append(levels(9, packs.None), packs.Bad), 1, "i09", "and 9 targets without a bad value: --all shows them", "those that are like nothing are not bad"},
		{"many bad ones", append(levels(30, packs.Bad), packs.Good), 24, "i00", "and 7 targets, 6 of them with values that are not good: --all shows them", "a screen's worth"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := func(all bool) string {
				var b strings.Builder
				require.NoError(t, report.Text{Hints: hints, All: all}.Signals(&b, "c", board(tt.levels...)))
				return b.String()
			}
			text := page(false)
			require.Equal(t, tt.shown, strings.Count(text, "\nj/i"), tt.reason)
			if _, after, ok := strings.Cut(text, "\nj/"); ok {
				require.True(t, strings.HasPrefix(after, tt.first), tt.reason)
			}
			require.Equal(t, tt.rest != "", strings.Contains(text, "and "), text)
			require.Contains(t, text, tt.rest)
			all := page(true)
			require.Equal(t, len(tt.levels), strings.Count(all, "\nj/i"))
			require.NotContains(t, all, "--all")
		})
	}
}
