package report

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// Of the targets that end early three are named, and the others counted.
func TestChoicesNameThreeEnds(t *testing.T) {
	const tail = " (capture.yaml, ends: removed: they end)\n"
	for _, row := range []struct {
		name, reason string
		ended        int
		want         string
	}{
		{"none", "nothing was assumed", 0, ""},
		{"one", "it is named", 1, "  assumed: series outlive the last scrape of t1 at 07:00:01" + tail},
		{"three", "all are named, and there are no more", 3, "  assumed: series outlive the last scrape of t1 at 07:00:01, t2 at 07:00:02, t3 at 07:00:03" + tail},
		{"four", "one more", 4, "  assumed: series outlive the last scrape of t1 at 07:00:01, t2 at 07:00:02, t3 at 07:00:03 and 1 more" + tail},
		{"six", "three more", 6, "  assumed: series outlive the last scrape of t1 at 07:00:01, t2 at 07:00:02, t3 at 07:00:03 and 3 more" + tail},
	} {
		t.Run(row.name, func(t *testing.T) {
			start := time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)
			sum := replay.Summary{Ended: []replay.Ended{{Instance: "gone", Last: start, Removed: true}}}
			for i := range row.ended {
				sum.Ended = append(sum.Ended, replay.Ended{Instance: fmt.Sprintf("t%d", i+1), Last: start.Add(time.Duration(i+1) * time.Second)})
			}
			p := newPage(Text{Width: 400}, newClock(start, start.Add(time.Minute)))
			p.choices(sum, nil)
			require.Equal(t, row.want, p.String(), row.reason)
		})
	}
}
