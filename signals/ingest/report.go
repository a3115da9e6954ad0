package ingest

import (
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// defaultTimeout is the scrape_timeout of a server that is not told another
// (config.DefaultGlobalConfig).
const defaultTimeout = 10 * time.Second

// reportNames are the series that a scrape adds about itself, those beyond
// baseReports with extra_scrape_metrics. A saved scrape does not tell
// scrape_duration_seconds, so there is none.
var reportNames = [...]string{
	"up",
	"scrape_samples_scraped",
	"scrape_samples_post_metric_relabeling",
	"scrape_series_added",
	"scrape_timeout_seconds",
	"scrape_sample_limit",
	"scrape_body_size_bytes",
}

const baseReports = 4

func (in *Ingester) report(t *target, ts int64, bytes float64, rep *Report) {
	up := 1.0
	if rep.Failed {
		up = 0
	}
	values := [...]float64{
		up, float64(rep.Scraped), float64(rep.PostRelabel), float64(rep.Added),
		t.timeout, float64(t.sampleLimit), bytes,
	}
	for i, ref := range t.reportSeries(in.tl, &in.owners) {
		_ = in.head.stage(ref, ts, values[i]) // a sample from the target's own future wins
	}
}

// Missed stores a failed scrape of a target at ts, in ms since the epoch, of
// which there is no file. With Options.Gaps at GapsFailed it is to be called
// for each time at which a scrape is missing. Like Add it must be called in the
// order of times.
func (in *Ingester) Missed(ct *capture.Target, ts int64) Report {
	t := in.target(ct)
	d := t.spare.get()
	d.reset(t, &capture.Scrape{Time: ts})
	d.failed = "no scrape was saved at this time, which is told to count as failed"
	return in.store(d)
}

// End writes the staleness markers of a target that was taken out of service:
// all its series, and those about its scrapes, become stale at ts, in ms since
// the epoch. A server uses the time at which the next scrape was due, and
// writes the markers a bit more than another interval later
// (scrapeLoop.endOfRunStaleness).
func (in *Ingester) End(ct *capture.Target, ts int64) {
	t := in.target(ct)
	in.from(ct, false)
	in.begin(ts, "")
	t.endRepeats()
	in.head.markStale(t, ts)
	t.endScrape(false)
	for _, ref := range t.reports {
		if _, _, ok := in.tl.Last(ref); ok {
			_ = in.head.stage(ref, ts, staleNaN)
		}
	}
	in.head.commit()
	if t.last {
		in.leave(t)
	}
}
