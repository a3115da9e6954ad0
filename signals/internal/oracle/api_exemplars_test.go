package oracle

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/fstest"

	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/serve"
)

// exemplarScrapes are of one target in OpenMetrics: exemplars with and without
// times, the same again, older ones, and some in series without any.
func exemplarScrapes() (bodies []string) {
	for i := range 6 {
		at := 1_700_000_000 + 15*i
		bodies = append(bodies, fmt.Sprintf(`# TYPE req counter
req_total{code="200"} %d # {trace_id="t%d"} 0.5 %d.25
req_total{code="500"} %d # {trace_id="same"} 1
req_total{code="404"} %d
# TYPE lat histogram
lat_bucket{le="1"} %d # {trace_id="a%d",x="<&>"} 0.25
lat_bucket{le="+Inf"} %d # {} 7 %d
lat_sum 5
lat_count %d
# EOF
`, i, i/2, at-1, i, i, i, i, i+1, at-20*(i%3), i+1))
	}
	return bodies
}

// TestAPIExemplars asks both sides for exemplars: upstream's storage was given
// what upstream's parser found.
func TestAPIExemplars(t *testing.T) {
	fsys := fstest.MapFS{}
	db := teststorage.New(t)
	t.Cleanup(func() { db.Close() })
	for i, body := range exemplarScrapes() {
		at := int64(1_700_000_000 + 15*i)
		fsys[fmt.Sprintf("app/a/%d.prom", at)] = &fstest.MapFile{Data: []byte(body)}
		appendExemplars(t, db, []byte(body), at*1000)
	}
	c, err := capture.Open(fsys, "exemplars", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	opts := replay.Options{Capture: c, ExternalLabels: external}
	h, err := serve.New(context.Background(), serve.Options{Replay: opts})
	if err != nil {
		t.Fatal(err)
	}
	p := &apiPair{ours: h, theirs: upstreamAPI(db, 0, nil), start: c.Start / 1000, end: c.End / 1000}
	for _, expr := range []string{"req_total", `req_total{code="200"}`, "rate(req_total[1m]) / lat_count", "lat_bucket", `{job="app"}`, "none", `sum(req_total{code=~"2..|5.."}) + lat_bucket{le="1.0"}`} {
		for _, span := range []url.Values{{}, {"start": {"1700000014.25"}, "end": {"1700000044.25"}}, {"start": {"1800000000"}}} {
			span.Set("query", expr)
			p.compare(t, http.MethodGet, "query_exemplars", span)
			p.compare(t, http.MethodPost, "query_exemplars", span)
		}
	}
	if got := askOurs(h, "query_exemplars?query=req_total"); len(got) < 300 {
		t.Errorf("there is next to nothing: %s", got)
	}
}

// appendExemplars stores a scrape with its exemplars, as a scrape loop does.
func appendExemplars(t *testing.T, db *teststorage.TestStorage, body []byte, at int64) {
	t.Helper()
	p, err := textparse.New(body, "application/openmetrics-text; version=1.0.0", labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	app := db.AppenderV2(context.Background())
	for {
		entry, err := p.Next()
		if err != nil {
			break
		}
		if entry != textparse.EntrySeries {
			continue
		}
		_, _, v := p.Series()
		var ls labels.Labels
		p.Labels(&ls)
		b := labels.NewBuilder(ls)
		ls = b.Set("job", "app").Set("instance", "a").Labels()
		var opts storage.AOptions
		var e exemplar.Exemplar
		if p.Exemplar(&e) {
			if !e.HasTs {
				e.Ts = at
			}
			opts.Exemplars = []exemplar.Exemplar{e}
		}
		// An error says that an exemplar is out of order.
		_, _ = app.Append(0, ls, 0, at, v, nil, nil, opts)
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

// askOurs is what a path of ours gives.
func askOurs(h http.Handler, path string) string {
	r := httptest.NewRequest("GET", "/api/v1/"+path, nil)
	r.Host = "localhost"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}
