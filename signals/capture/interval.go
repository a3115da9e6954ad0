package capture

import (
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// MedianInterval is the median of distances between scrapes, in ms, rounded as
// Capture.Interval is, and 0 when there are none. It sorts them.
func MedianInterval(distances []int64) time.Duration { return clock.MedianInterval(distances) }
