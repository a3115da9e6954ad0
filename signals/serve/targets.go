package serve

import (
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// targetJSON is a target (web/api/v1: Target). What no file tells is empty: the
// labels before relabelling, the address, the timeout, and how long a scrape
// took.
type targetJSON struct {
	DiscoveredLabels   labels.Labels `json:"discoveredLabels"`
	Labels             labels.Labels `json:"labels"`
	ScrapePool         string        `json:"scrapePool"`
	ScrapeURL          string        `json:"scrapeUrl"`
	GlobalURL          string        `json:"globalUrl"`
	LastError          string        `json:"lastError"`
	LastScrape         time.Time     `json:"lastScrape"`
	LastScrapeDuration float64       `json:"lastScrapeDuration"`
	Health             string        `json:"health"`
	ScrapeInterval     string        `json:"scrapeInterval"`
	ScrapeTimeout      string        `json:"scrapeTimeout"`
}

func (h *Handler) targets(r *request) (answer, *failure) {
	pool, state := r.URL.Query().Get("scrapePool"), r.lower("state")
	active := []targetJSON{}
	if state == "" || state == "any" || state == "active" {
		for _, b := range r.books {
			active = append(active, r.targetsOf(b, pool)...)
		}
	}
	data := object{"activeTargets": active, "droppedTargets": []struct{}{}, "droppedTargetCounts": nil}
	if state == "" || state == "any" || state == "dropped" {
		counts := map[string]int{}
		for _, name := range r.pools() {
			counts[name] = 0
		}
		data["droppedTargetCounts"] = counts
	}
	return answer{data: data}, nil
}

// targetsOf are those of a capture, of a job or all.
func (r *request) targetsOf(b *book, pool string) (all []targetJSON) {
	stream := b.capture.Stream()
	defer stream.Close()
	for _, t := range b.capture.Targets {
		if last, ok := b.course.last[t]; ok && (pool == "" || pool == t.Job) {
			all = append(all, r.target(b, t, last, stream))
		}
	}
	return all
}

func (r *request) target(b *book, t *capture.Target, last lastScrape, stream *capture.Stream) targetJSON {
	_, at, _ := b.capture.Entry(last.any)
	out := targetJSON{
		DiscoveredLabels: labels.EmptyLabels(), Labels: b.label(targetLabels(t)), ScrapePool: t.Job,
		LastScrape: r.toClient(time.UnixMilli(at)), Health: "up",
	}
	if t.Interval > 0 {
		out.ScrapeInterval = model.Duration(t.Interval).String()
	}
	if last.failed {
		out.Health, out.LastError = "down", whyFailed(stream.At(last.any, nil))
	}
	return out
}

// whyFailed says why a scrape failed, as far as its file tells.
func whyFailed(s *capture.Scrape) string {
	switch {
	case s.Failure != "":
		return s.Failure
	case s.Err != nil:
		return s.Err.Error()
	case s.Status != 0 && s.Status != http.StatusOK:
		return fmt.Sprintf("server returned HTTP status %d %s", s.Status, http.StatusText(s.Status))
	case len(s.Body) == 0:
		return "the scrape is empty"
	}
	return "the scrape could not be read; scrapebook check metrics says where"
}

func (h *Handler) scrapePools(r *request) (answer, *failure) {
	return answer{data: object{"scrapePools": list(r.pools())}}, nil
}

func noAlertmanagers(*request) (answer, *failure) {
	return answer{data: object{"activeAlertmanagers": []struct{}{}, "droppedAlertmanagers": []struct{}{}}}, nil
}
