package oracle

import (
	"net/http"
	"reflect"
	"time"
	"unsafe"

	"github.com/prometheus/prometheus/scrape"
)

// Upstream has no exported way to make a scrape happen at a given time. This
// file is the only one that reaches into it: by the names of five fields and
// of two methods, which fail loudly when a version renames them.

// scrapeAndReport is one scrape as a server makes it: the request, the body
// into the store, staleness markers, up and the scrape_* series.
//
//go:linkname scrapeAndReport github.com/prometheus/prometheus/scrape.(*scrapeLoop).scrapeAndReport
func scrapeAndReport(loop unsafe.Pointer, last, appendTime time.Time, errc chan<- error) time.Time

// endOfRunStaleness waits for two ticks and a tenth of an interval and then
// marks all series of a removed target stale, at the time of the first tick.
//
//go:linkname endOfRunStaleness github.com/prometheus/prometheus/scrape.(*scrapeLoop).endOfRunStaleness
func endOfRunStaleness(loop unsafe.Pointer, last time.Time, ticker *time.Ticker, interval time.Duration)

// setHostname spares the manager a DNS look-up, which cannot be made in a
// synctest bubble.
func setHostname(o *scrape.Options, name string) {
	f := reflect.ValueOf(o).Elem().FieldByName("fqdn")
	*(*string)(unsafe.Pointer(f.UnsafeAddr())) = name
}

// A scrapeLoop is upstream's, with its target.
type scrapeLoop struct {
	loop   unsafe.Pointer
	target *scrape.Target
	last   time.Time
}

// remove lets the bubble's clock bring about the end of the target.
func (l *scrapeLoop) remove(interval time.Duration) {
	go endOfRunStaleness(l.loop, l.last, time.NewTicker(interval), interval)
}

func (l *scrapeLoop) scrapeAt(t time.Time) { l.last = scrapeAndReport(l.loop, l.last, t, nil) }

// scrapeLoops returns the loops of a manager by job and address, their
// requests going to rt.
func scrapeLoops(m *scrape.Manager, rt http.RoundTripper) map[[2]string]*scrapeLoop {
	all := map[[2]string]*scrapeLoop{}
	pools := reflect.ValueOf(m).Elem().FieldByName("scrapePools")
	for it := pools.MapRange(); it.Next(); {
		pool := it.Value().Elem()
		(*http.Client)(pool.FieldByName("client").UnsafePointer()).Transport = rt
		targets := pool.FieldByName("activeTargets")
		for lt := pool.FieldByName("loops").MapRange(); lt.Next(); {
			target := (*scrape.Target)(targets.MapIndex(lt.Key()).UnsafePointer())
			all[[2]string{it.Key().String(), target.URL().Host}] = &scrapeLoop{loop: lt.Value().Elem().UnsafePointer(), target: target}
		}
	}
	return all
}
