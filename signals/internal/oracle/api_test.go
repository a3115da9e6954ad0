package oracle

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/route"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/teststorage"
	v1 "github.com/prometheus/prometheus/web/api/v1"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/serve"
)

// external are the external labels of both sides.
var external = labels.FromStrings("site", "x", "room", "none")

// apiPair is a capture behind our API, and the same samples behind upstream's.
type apiPair struct {
	ours, theirs http.Handler
	start, end   int64 // of the capture, in seconds
}

// newAPIPair serves a capture on both sides.
func newAPIPair(t *testing.T, c *capture.Capture, features ...string) *apiPair {
	return newAPIPairWithin(t, 0, c, features...)
}

// newAPIPairWithin lets ours use so much memory.
func newAPIPairWithin(t *testing.T, memory int64, c *capture.Capture, features ...string) *apiPair {
	t.Helper()
	opts := replay.Options{Capture: c, Features: features, Workers: 1, ExternalLabels: external}
	h, err := serve.New(context.Background(), serve.Options{Replay: opts, MaxMemory: memory, MaxSamples: 50_000_000})
	if err != nil {
		t.Fatal(err)
	}
	opts.Keep = true
	res, err := replay.Run(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	db := teststorage.New(t)
	t.Cleanup(func() { db.Close() })
	copyToHead(t, res.Store, db)
	return &apiPair{ours: h, theirs: upstreamAPI(db, res.Store.Interval, features), start: c.Start / 1000, end: c.End / 1000}
}

// copyToHead appends all that a store holds, series after series in its order:
// sums of floats depend on it.
func copyToHead(t *testing.T, from *replay.Store, db *teststorage.TestStorage) {
	t.Helper()
	q, err := from.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	set := q.Select(context.Background(), false, nil, everySeries)
	for set.Next() {
		samples, err := readSamples(set.At().Iterator(nil))
		if err != nil {
			t.Fatal(err)
		}
		app := db.AppenderV2(context.Background())
		for _, p := range samples {
			if _, err := app.Append(0, set.At().Labels(), p.st, p.ts, p.v, p.h, p.fh, appendOptions); err != nil {
				t.Fatalf("%s: %v", set.At().Labels(), err)
			}
		}
		if err := app.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if set.Err() != nil {
		t.Fatal(set.Err())
	}
}

// upstreamAPI is web/api/v1 as cmd/prometheus makes it, without scraping and
// rules.
func upstreamAPI(db *teststorage.TestStorage, interval time.Duration, features []string) http.Handler {
	p := parser.NewParser(parser.Options{
		EnableExperimentalFunctions: slices.Contains(features, query.FeatureExperimentalFunctions),
		EnableBinopFillModifiers:    slices.Contains(features, query.FeatureBinopFillModifiers),
		EnableUnquotedUTF8Names:     slices.Contains(features, query.FeatureUnquotedUTF8Names),
	})
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 50_000_000, Timeout: 2 * time.Minute, LookbackDelta: 5 * time.Minute,
		NoStepSubqueryIntervalFn: func(int64) int64 { return interval.Milliseconds() },
		EnableAtModifier:         true, EnableNegativeOffset: true, Parser: p,
		EnableDelayedNameRemoval: slices.Contains(features, query.FeatureDelayedNameRemoval),
		UseStartTimestamps:       slices.Contains(features, query.FeatureUseStartTimestamps),
	})
	api := v1.NewAPI(
		engine, db, nil, db, nil, nil, nil,
		func() config.Config {
			return config.Config{GlobalConfig: config.GlobalConfig{ExternalLabels: external}}
		}, nil, v1.GlobalURLOptions{},
		func(f http.HandlerFunc) http.HandlerFunc { return f },
		nil, "", false, false, 0, slog.New(slog.DiscardHandler), nil, 0, 10, 1<<20, false, nil, nil, nil, nil, nil,
		prometheus.NewRegistry(), prometheus.NewRegistry(), nil, false, nil, false, false, false,
		5*time.Minute, false, false, nil, nil, v1.OpenAPIOptions{}, p, false, 2*time.Minute,
	)
	router := route.New().WithPrefix("/api/v1")
	api.Register(router)
	return router
}

// compare asks both sides, and tells whether there was a result.
func (p *apiPair) compare(t *testing.T, method, path string, params url.Values) (some bool) {
	t.Helper()
	ask := func(h http.Handler) (int, map[string]any) {
		target, body := "/api/v1/"+path+"?"+params.Encode(), ""
		if method == http.MethodPost {
			target, body = "/api/v1/"+path, params.Encode()
		}
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Host = "localhost"
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		text, _ := io.ReadAll(w.Body)
		var out map[string]any
		if len(text) > 0 {
			if err := json.Unmarshal(text, &out); err != nil {
				t.Fatalf("%s %s %v: %v: %s", method, path, params, err, text)
			}
		}
		return w.Code, out
	}
	wantCode, want := ask(p.theirs)
	gotCode, got := ask(p.ours)
	normal(want, params.Get("query"))
	normal(got, params.Get("query"))
	if diff := cmp.Diff(want, got); diff != "" || wantCode != gotCode {
		t.Errorf("%s %s %v: status %d, ours %d (-upstream +ours):\n%s", method, path, params, wantCode, gotCode, diff)
	}
	data, ok := want["data"].(map[string]any)
	list, _ := data["result"].([]any)
	return ok && len(list) > 0
}

// normal takes out of an answer what a server leaves to chance, and times that
// were measured: the order of vectors that no sort orders, of series and of
// annotations, and the timings of stats.
func normal(out map[string]any, expr string) {
	byText := func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
	for _, field := range []string{"warnings", "infos"} {
		if list, ok := out[field].([]any); ok {
			slices.SortFunc(list, byText)
		}
	}
	if list, ok := out["data"].([]any); ok && len(list) > 0 {
		if _, series := list[0].(map[string]any); series { // not names, which are in order
			slices.SortFunc(list, byText)
		}
	}
	data, _ := out["data"].(map[string]any)
	if stats, ok := data["stats"].(map[string]any); ok {
		delete(stats, "timings")
	}
	if list, ok := data["result"].([]any); ok && data["resultType"] == "vector" && !strings.HasPrefix(expr, "sort") {
		slices.SortFunc(list, byText)
	}
}

// openFixture is a capture of package fixtures.
func openFixture(t *testing.T, name string) *capture.Capture {
	t.Helper()
	fsys, err := fixtures.FS(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := capture.Open(fsys, name, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestAPI asks our API and upstream's the same, over the same samples: JSON,
// status, types of errors and warnings are equal.
func TestAPI(t *testing.T) {
	mixed := newAPIPair(t, mixedCapture(t), query.Features()...)
	plain := newAPIPair(t, mixedCapture(t))
	real := newAPIPair(t, openFixture(t, "incident"))
	scarce := newAPIPairWithin(t, 200_000, mixedCapture(t)) // so that what is asked for is read again and again
	exprs := apiExprs()
	if len(exprs) < 600 {
		t.Errorf("only %d expressions", len(exprs))
	}
	some := 0
	for i, expr := range exprs {
		method := [...]string{http.MethodGet, http.MethodPost}[i%2]
		at := mixed.start + 60 + int64(i%9)*25
		instant := url.Values{"query": {expr}, "time": {fmt.Sprint(at)}}
		if mixed.compare(t, method, "query", instant) {
			some++
		}
		mixed.compare(t, method, "query_range", url.Values{"query": {expr}, "start": {fmt.Sprint(mixed.start)}, "end": {fmt.Sprint(mixed.end + 30)}, "step": {[]string{"37", "15", "1m"}[i%3]}})
		mixed.compare(t, method, "parse_query", instant)
		mixed.compare(t, method, "format_query", instant)
		plain.compare(t, method, "query", instant)
		if i%8 == 0 {
			scarce.compare(t, method, "query", instant)
		}
	}
	// Most must have a result, else nothing was compared.
	if some < len(exprs)/2 {
		t.Errorf("only %d of %d expressions gave anything", some, len(exprs))
	}
	some = 0
	for i, expr := range realExprs {
		at := real.start + int64(i*37)%(real.end-real.start)
		if real.compare(t, "GET", "query", url.Values{"query": {expr}, "time": {fmt.Sprint(at)}, "stats": {"all"}}) {
			some++
		}
		real.compare(t, "GET", "query_range", url.Values{"query": {expr}, "start": {fmt.Sprint(real.start)}, "end": {fmt.Sprint(real.end)}, "step": {"29"}, "stats": {"true"}})
	}
	if some < len(realExprs)*3/4 {
		t.Errorf("only %d of %d expressions over the incident gave anything", some, len(realExprs))
	}
}

// TestAPIParameters asks with parameters that are right, odd and wrong.
func TestAPIParameters(t *testing.T) {
	p := newAPIPair(t, mixedCapture(t))
	span := fmt.Sprintf("start=%d&end=%d&step=30&", p.start, p.end)
	for _, row := range apiParameters {
		params, err := url.ParseQuery(strings.NewReplacer("SPAN&", span, "START", fmt.Sprint(p.start), "END", fmt.Sprint(p.end)).Replace(row.params))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range strings.Fields(row.paths) {
			t.Run(path+"?"+row.params, func(t *testing.T) {
				p.compare(t, "GET", path, params)
				if !strings.HasPrefix(path, "label/") {
					p.compare(t, "POST", path, params)
				}
			})
		}
	}
}
