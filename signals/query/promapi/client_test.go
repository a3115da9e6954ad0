package promapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/query"
)

// asked is a Client of a server that a function is.
func asked(t *testing.T, answer http.HandlerFunc, opts Options) *Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	opts.URL = server.URL
	if opts.Wait == 0 {
		opts.Wait = time.Millisecond
	}
	c, err := New(opts)
	require.NoError(t, err)
	return c
}

const vectorOfOne = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1,"2"]}]},"warnings":["PromQL warning: w"],"infos":["PromQL info: i"]}`

func TestVector(t *testing.T) {
	for _, tt := range []struct{ name, answer, want, err string }{
		{"an element", vectorOfOne, `[{{a="b"} 1000 2 <nil>}]`, ""},
		{"a scalar has no labels", `{"status":"success","data":{"resultType":"scalar","result":[1.5,"NaN"]}}`, `[{{} 1500 NaN <nil>}]`, ""},
		{"nothing", `{"status":"success","data":{"resultType":"vector","result":[]}}`, `[]`, ""},
		{"infinity", `{"status":"success","data":{"resultType":"scalar","result":[0.001,"-Inf"]}}`, `[{{} 1 -Inf <nil>}]`, ""},
		{"a string is no vector", `{"status":"success","data":{"resultType":"string","result":[1,"x"]}}`, "", "rule result is not a vector or scalar"},
		{"a matrix is no vector", `{"status":"success","data":{"resultType":"matrix","result":[]}}`, "", "rule result is not a vector or scalar"},
		{"a histogram is not told in full", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{"count":"1","sum":"1"}]}]}}`, "", "native histograms"},
		{"an element without a value", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}`, "", "not [time"},
		{"a value that is no number", `{"status":"success","data":{"resultType":"scalar","result":[1,"x"]}}`, "", "not [time"},
		{"a value without quotes", `{"status":"success","data":{"resultType":"scalar","result":[1,2]}}`, "", "not [time"},
		{"a type that is none", `{"status":"success","data":{"resultType":"table","result":[]}}`, "", `"table" is not known`},
		{"an error of the expression", `{"status":"error","errorType":"bad_data","error":"1:1: parse error"}`, "", "1:1: parse error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := asked(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, tt.answer) }, Options{})
			vec, _, _, err := c.Vector(context.Background(), "x", time.Unix(1, 0))
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				require.NoError(t, c.Err(), "the server goes on to be asked")
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, fmt.Sprint(vec))
		})
	}
}

func TestAnnotations(t *testing.T) {
	c := asked(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, vectorOfOne) }, Options{})
	_, warnings, infos, err := c.Vector(context.Background(), "x", time.Unix(1, 0))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"PromQL warning: w"}, {"PromQL info: i"}}, [][]string{warnings, infos})
}

// What may pass is tried again, what does not is not, and who cannot be asked
// is not asked any more.
func TestTries(t *testing.T) {
	for _, tt := range []struct {
		name     string
		status   int
		body     string
		requests int64 // of a server that never gets well
		passes   bool
		err      string
	}{
		{"no storage behind a front", 503, "no healthy upstream", 5, true, "503 Service Unavailable: no healthy upstream"},
		{"too many requests", 429, `{"status":"error","errorType":"too_many_requests","error":"slow down"}`, 5, true, "429 Too Many Requests: slow down"},
		{"a gateway", 502, "<html>", 5, true, "502 Bad Gateway"},
		{"nobody that it knows", 401, "who?", 1, true, "does not let us ask (401 Unauthorized)"},
		{"a wrong expression", 400, `{"status":"error","errorType":"bad_data","error":"no"}`, 1, false, "no"},
		{"a query that took too long", 503, `{"status":"error","errorType":"timeout","error":"query timed out"}`, 1, false, "query timed out"},
		{"another program", 404, "404 page not found", 1, false, "has no /api/v1/query (404 Not Found)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var n atomic.Int64
			c := asked(t, func(w http.ResponseWriter, _ *http.Request) {
				n.Add(1)
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}, Options{})
			_, err := c.Instant(context.Background(), "x", time.Unix(1, 0))
			require.ErrorContains(t, err, tt.err)
			require.Equal(t, tt.requests, n.Load())
			require.Equal(t, tt.passes, c.Err() != nil)
			c.Instant(context.Background(), "x", time.Unix(1, 0))
			if tt.passes {
				require.Equal(t, tt.requests, n.Load(), "it was asked again")
			}
		})
	}
}

func TestGetsWell(t *testing.T) {
	var n atomic.Int64
	c := asked(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, vectorOfOne)
	}, Options{})
	_, err := c.Instant(context.Background(), "x", time.Unix(1, 0))
	require.NoError(t, err)
	require.NoError(t, c.Err())
}

func TestRetryAfter(t *testing.T) {
	for _, tt := range []struct {
		name, header string
		status       int
		want         time.Duration
	}{
		{"seconds", "2", 429, 2 * time.Second},
		{"longer than is waited", "86400", 503, maxWait},
		{"none", "", 503, 0},
		{"a date is not followed", "Fri, 27 Nov 2026 13:00:00 GMT", 503, 0},
		{"less than nothing", "-1", 503, 0},
		{"an error that stays", "2", 400, never},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, retryAfter(&http.Response{StatusCode: tt.status, Header: http.Header{"Retry-After": {tt.header}}}))
		})
	}
}

// steps answers a range query as Prometheus does: a series of the instants.
func steps(t *testing.T, r *http.Request) (list [][2]any) {
	start, end, step := number(t, r, "start"), number(t, r, "end"), number(t, r, "step")
	for at := start; at <= end+1e-9; at += step {
		list = append(list, [2]any{at, fmt.Sprint(at)})
	}
	return list
}

func number(t *testing.T, r *http.Request, name string) (f float64) {
	_, err := fmt.Sscan(r.FormValue(name), &f)
	require.NoError(t, err)
	return f
}

// A range of more steps than a server allows is asked for in parts, and what
// the server says to be too much in halves; the result is the whole.
func TestRangeInParts(t *testing.T) {
	for _, tt := range []struct {
		name   string
		steps  int
		refuse int // more steps than this; 0: none
		asks   int
	}{
		{"one request", 100, 0, 1},
		{"as many as are allowed", 11_000, 0, 1},
		{"one more", 11_001, 0, 2},
		{"in halves", 100, 30, 7},
		{"down to one", 4, 1, 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asks := 0
			c := asked(t, func(w http.ResponseWriter, r *http.Request) {
				asks++
				list := steps(t, r)
				require.LessOrEqual(t, len(list), 11_000)
				if tt.refuse > 0 && len(list) > tt.refuse {
					w.WriteHeader(http.StatusUnprocessableEntity)
					fmt.Fprint(w, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}`)
					return
				}
				json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{
					"resultType": "matrix", "result": []any{map[string]any{"metric": map[string]string{"a": "b"}, "values": list}},
				}})
			}, Options{})
			v, err := c.Range(context.Background(), "x", time.Unix(1000, 0), time.Unix(1000+int64(tt.steps)-1, 0), time.Second)
			require.NoError(t, err)
			require.Equal(t, tt.asks, asks)
			require.Len(t, v.Series, 1)
			require.Len(t, v.Series[0].Floats, tt.steps)
			for i, p := range v.Series[0].Floats {
				require.Equal(t, query.Point{Time: 1_000_000 + int64(i)*1000, Value: 1000 + float64(i)}, p)
			}
		})
	}
}

// A front that moves the instants is told from a server, so that no alert is
// said to have begun at a time that nobody asked about.
func TestAligned(t *testing.T) {
	c := asked(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1005,"1"],[1010,"1"]]}]}}`)
	}, Options{})
	_, err := c.Range(context.Background(), "x", time.Unix(1003, 0), time.Unix(1013, 0), 5*time.Second)
	require.ErrorIs(t, err, ErrAligned)
	require.Nil(t, c.Steps(context.Background(), "x", time.Unix(1003, 0), time.Unix(1013, 0), 5*time.Second))
	require.ErrorIs(t, c.Err(), ErrAligned)
}

func TestTooLargeAnAnswer(t *testing.T) {
	c := asked(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat(" ", 2000)+vectorOfOne)
	}, Options{MaxBody: 1000})
	_, err := c.Instant(context.Background(), "x", time.Unix(1, 0))
	require.ErrorIs(t, err, errTooLarge)
	require.NoError(t, c.Err())
}

func TestPartialAnswers(t *testing.T) {
	for _, tt := range []struct{ name, answer, note string }{
		{"VictoriaMetrics", `{"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}}`, "an answer is partial"},
		{"Thanos", `{"status":"success","warnings":["receive series from store: partial response"],"data":{"resultType":"vector","result":[]}}`, "partial response"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := asked(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, tt.answer) }, Options{})
			for range 3 {
				_, err := c.Instant(context.Background(), "x", time.Unix(1, 0))
				require.NoError(t, err)
			}
			require.Len(t, c.Notes(), 1)
			require.Contains(t, c.Notes()[0], tt.note)
		})
	}
}

func TestDialect(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		status       int
		want         Dialect
	}{
		{"VictoriaMetrics takes `default`", vectorOfOne, 200, MetricsQL},
		{"Prometheus does not", `{"status":"error","errorType":"bad_data","error":"parse error"}`, 400, PromQL},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := asked(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.answer)
			}, Options{})
			d, err := c.Dialect(context.Background())
			require.NoError(t, err)
			require.Equal(t, tt.want, d)
		})
	}
}

// What logs in is never part of a message.
func TestSecretsAreNotShown(t *testing.T) {
	for _, u := range []string{"http://user:hunter2@127.0.0.1:1/x?token=hunter2", "http://user:hunter2@127.0.0.1:1", "://user:hunter2@x", "ftp://user:hunter2@x"} {
		c, err := New(Options{URL: u, Wait: time.Nanosecond})
		if err == nil {
			_, err = c.Instant(context.Background(), "x", time.Unix(1, 0))
			require.NotContains(t, c.URL(), "hunter2")
		}
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// Samples come by remote read or as ranges; both have the edges right.
func TestRangesHaveTheirEdges(t *testing.T) {
	var exprs []string
	c := asked(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/read") {
			http.NotFound(w, r)
			return
		}
		exprs = append(exprs, r.FormValue("query")+" at "+r.FormValue("time"))
		// Prometheus 2 has the sample at the beginning of the range, too.
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"m"},"values":[[3600.0,"1"],[3600.5,"2"]]}]}}`)
	}, Options{})
	q, err := c.Querier(1000, 7_300_000)
	require.NoError(t, err)
	set := q.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchEqual, "__name__", "m"))
	require.True(t, set.Next())
	it := set.At().Iterator(nil)
	var times []int64
	for it.Next() != 0 {
		times = append(times, it.AtT())
	}
	require.Equal(t, []int64{3_600_000, 3_600_500}, times)
	require.False(t, set.Next())
	require.NoError(t, set.Err())
	require.Equal(t, []string{`{__name__="m"}[1h] at 3600.999`, `{__name__="m"}[1h] at 7200.999`, `{__name__="m"}[1m39s1ms] at 7300`}, exprs)
}

func FuzzAnswers(f *testing.F) {
	f.Add(vectorOfOne)
	f.Add(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"],[2,"+Inf"]]}]}}`)
	f.Add(`{"status":"success","data":{"resultType":"string","result":[1,"x"]}}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, body string) {
		c, err := New(Options{URL: "http://x"})
		require.NoError(t, err)
		var data queryData
		if _, _, err := c.decode([]byte(body), "query", &data); err == nil {
			data.value()
		}
	})
}
