package ingest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/prototext"
)

var protoHeader = map[string]string{"Content-Type": "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"}

// proto is a scrape in protobuf, of families in the text form.
func proto(t *testing.T, families ...string) step {
	t.Helper()
	var b bytes.Buffer
	for _, text := range families {
		mf := &dto.MetricFamily{}
		require.NoError(t, prototext.Unmarshal([]byte(text), mf))
		_, err := protodelim.MarshalTo(&b, mf)
		require.NoError(t, err)
	}
	return step{body: b.String(), status: 200, header: protoHeader}
}

const (
	both       = `name: "h" type: HISTOGRAM metric {histogram {sample_count: 3 sample_sum: 2.5 bucket {cumulative_count: 2 upper_bound: 1} zero_threshold: 0.1 positive_span {length: 1} positive_delta: 3 created_timestamp {seconds: 1600000000}}}`
	nativeOnly = `name: "n" type: HISTOGRAM metric {histogram {sample_count: 3 sample_sum: 2.5 zero_threshold: 0.1 positive_span {length: 1} positive_delta: 3}}`
	floatOnly  = `name: "f" type: HISTOGRAM metric {histogram {sample_count_float: 3 sample_sum: 2.5 zero_threshold: 0.1 positive_span {length: 1} positive_count: 3}}`
	classic    = `name: "c" type: HISTOGRAM metric {histogram {sample_count: 3 sample_sum: 2.5 bucket {cumulative_count: 2 upper_bound: 1}}}`
	invalid    = `name: "bad" type: HISTOGRAM metric {histogram {sample_count: 1 sample_sum: 2.5 zero_threshold: 0.1 positive_span {length: 1} positive_delta: 3}}`
)

// The three settings of histograms, over protobuf.
func TestHistogramSettings(t *testing.T) {
	const native = "{count:3, sum:2.5, (0.5,1]:3}"
	const nhcb = "{count:3, sum:2.5, [-Inf,1]:2, (1,+Inf]:1}"
	all := func(t *testing.T) []step { return []step{proto(t, both, nativeOnly, floatOnly, classic), proto(t)} }
	classicOf := func(n string) map[string]string {
		return map[string]string{n + `_bucket{le="1.0"}`: "0:2 10:stale", n + `_bucket{le="+Inf"}`: "0:3 10:stale", n + "_sum": "0:2.5 10:stale", n + "_count": "0:3 10:stale"}
	}
	bare := func(n string) map[string]string {
		return map[string]string{n + `_bucket{le="+Inf"}`: "0:3 10:stale", n + "_sum": "0:2.5 10:stale", n + "_count": "0:3 10:stale"}
	}
	join := func(maps ...map[string]string) map[string]string {
		out := map[string]string{}
		for _, m := range maps {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	one := func(k, v string) map[string]string { return map[string]string{k: v} }
	for _, c := range []struct {
		name    string
		setup   func(*fixture)
		want    map[string]string // all but the report
		scraped int
	}{
		{
			"nothing said: classic where there is one; what is native alone is kept (choice)", func(*fixture) {},
			join(classicOf("h"), one("n", "0:"+native+" 10:stale-histogram"), one("f", "0:"+native+" 10:stale-float-histogram"), classicOf("c")), 10,
		},
		{
			"refused, as a server's default: classic alone, if with nothing but +Inf", func(f *fixture) { f.target.NativeHistogramsRefused = true },
			join(classicOf("h"), bare("n"), bare("f"), classicOf("c")), 14,
		},
		{
			"scrape_native_histograms: native where there is one", func(f *fixture) { f.target.ScrapeNativeHistograms = true },
			join(one("h", "0:"+native+" 10:stale-histogram"), one("n", "0:"+native+" 10:stale-histogram"), one("f", "0:"+native+" 10:stale-float-histogram"), classicOf("c")), 7,
		},
		{
			"with always_scrape_classic_histograms: both", func(f *fixture) {
				f.target.ScrapeNativeHistograms, f.target.AlwaysScrapeClassicHistograms = true, true
			},
			join(classicOf("h"), one("h", "0:"+native+" 10:stale-histogram"), one("n", "0:"+native+" 10:stale-histogram"), one("f", "0:"+native+" 10:stale-float-histogram"), classicOf("c")), 11,
		},
		{
			"convert_classic_histograms_to_nhcb: what has a native form keeps that", func(f *fixture) {
				f.target.ScrapeNativeHistograms, f.target.ConvertClassicHistogramsToNHCB = true, true
			},
			join(one("h", "0:"+native+" 10:stale-histogram"), one("n", "0:"+native+" 10:stale-histogram"), one("f", "0:"+native+" 10:stale-float-histogram"), one("c", "0:"+nhcb+" 10:stale-histogram")), 4,
		},
		{
			"converted without native ones: all have custom buckets", func(f *fixture) { f.target.ConvertClassicHistogramsToNHCB = true },
			join(one("h", "0:"+nhcb+" 10:stale-histogram"), one("n", "0:{count:3, sum:2.5, [-Inf,+Inf]:3} 10:stale-histogram"), one("f", "0:{count:3, sum:2.5, [-Inf,+Inf]:3} 10:stale-histogram"), one("c", "0:"+nhcb+" 10:stale-histogram")), 4,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture()
			c.setup(f)
			got, reports := f.run(t, append(all(t), proto(t)))
			require.Equal(t, c.scraped, reports[0].Scraped)
			require.Equal(t, c.scraped, reports[0].Added)
			for k := range got {
				if k == "up" || strings.HasPrefix(k, "scrape_") {
					delete(got, k)
				}
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestNativeHistograms(t *testing.T) {
	native := func(f *fixture) { f.target.ScrapeNativeHistograms = true }
	runRows(t, []row{
		{
			name: "a gap in a native series is a stale histogram, and it comes back", setup: native,
			steps: []step{proto(t, nativeOnly), {failure: "refused"}, {failure: "refused"}, proto(t, nativeOnly)},
			want:  map[string]string{"n": "0:{count:3, sum:2.5, (0.5,1]:3} 10:stale-histogram 30:{count:3, sum:2.5, (0.5,1]:3}", "up": "0:1 10:0 20:0 30:1"},
		},
		{
			name: "a series that turns from a float into a histogram and back", setup: native,
			steps: []step{{body: "n 1\n"}, proto(t, nativeOnly), {body: "n 2\n"}, {body: "x 1\n"}},
			want:  map[string]string{"n": "0:1 10:{count:3, sum:2.5, (0.5,1]:3} 20:2 30:stale"},
		},
		{
			name: "sample_limit counts a histogram as one", setup: func(f *fixture) { native(f); f.target.SampleLimit = 2 },
			steps: []step{proto(t, nativeOnly, floatOnly), proto(t, nativeOnly, floatOnly, both)},
			want:  map[string]string{"up": "0:1 10:0", "scrape_samples_scraped": "0:2 10:3"},
			ids:   []string{"sample-limit"},
		},
		{
			name: "no start timestamp makes a sample, and no _created series", setup: native,
			steps: []step{proto(t, both)},
			want:  map[string]string{"h": "0:{count:3, sum:2.5, (0.5,1]:3}", "h_created": "", "scrape_samples_scraped": "0:1"},
		},
		{
			name:  "a histogram with its own time",
			setup: native,
			steps: []step{proto(t, strings.Replace(nativeOnly, "metric {", "metric {timestamp_ms: 1700000003000 ", 1)), proto(t)},
			want:  map[string]string{"n": "3:{count:3, sum:2.5, (0.5,1]:3}"},
		},
		{
			name:  "of a text, too: a histogram is classic until its TYPE is known",
			setup: func(f *fixture) { f.target.ConvertClassicHistogramsToNHCB = true },
			steps: []step{{body: "x_bucket{le=\"1\"} 1\nx_bucket{le=\"+Inf\"} 2\nx_sum 3\nx_count 2\n# TYPE y histogram\ny_bucket{le=\"1\"} 1\ny_bucket{le=\"+Inf\"} 2\ny_sum 3\ny_count 2\n"}, {body: "z 1\n"}},
			want: map[string]string{
				`x_bucket{le="1"}`: "0:1 10:stale", "x": "", "y": "0:{count:2, sum:3, [-Inf,1]:1, (1,+Inf]:1} 10:stale-histogram", "y_count": "", "y_sum": "",
				"scrape_samples_scraped": "0:5 10:1",
			},
		},
		{
			name:  "a histogram that cannot be converted was read all the same, so a damaged line beside it costs nothing else",
			setup: func(f *fixture) { f.target.ConvertClassicHistogramsToNHCB = true },
			steps: []step{{body: "# TYPE y histogram\ny_bucket{le=\"+Inf\"} 1\ndamaged\ny_count 2\ny_sum 1\n"}},
			want:  map[string]string{"up": "0:1", "y": "", "scrape_samples_scraped": "0:0"},
			ids:   []string{"no-value"},
		},
		{
			name: "converted and kept as well",
			setup: func(f *fixture) {
				f.target.ConvertClassicHistogramsToNHCB, f.target.AlwaysScrapeClassicHistograms = true, true
			},
			steps: []step{{body: "# TYPE y histogram\ny_bucket{le=\"1\"} 1\ny_bucket{le=\"+Inf\"} 2\ny_sum 3\ny_count 2\n"}},
			want:  map[string]string{"y": "0:{count:2, sum:3, [-Inf,1]:1, (1,+Inf]:1}", "y_count": "0:2", `y_bucket{le="1.0"}`: "0:1"},
		},
	})
}

// An invalid histogram fails the scrape of a live server; by default it is
// skipped like a damaged line.
func TestInvalidHistogram(t *testing.T) {
	for _, exact := range []bool{false, true} {
		f := newFixture()
		f.target.ScrapeNativeHistograms, f.opts.FailOnDamage = true, exact
		got, reports := f.run(t, []step{proto(t, nativeOnly, invalid, floatOnly)})
		require.Equal(t, exact, reports[0].Failed)
		require.NotEmpty(t, reports[0].Problems)
		require.Empty(t, got["bad"])
		require.Equal(t, !exact, got["f"] != "")
	}
}

// The conversion of classic histograms against upstream's own parser, over
// texts with everything that begins and ends one.
func TestConversionAgainstUpstream(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		isOM := i%3 == 0
		text := randomHistograms(r, isOM)
		keep := r.IntN(3) == 0
		f := newFixture()
		f.opts.FailOnDamage = true
		f.target.ConvertClassicHistogramsToNHCB, f.target.AlwaysScrapeClassicHistograms = true, keep
		contentType := "text/plain"
		if isOM {
			contentType = om
		}
		want, scraped, err := upstreamScrape(text, contentType, keep)
		got, reports := f.run(t, []step{{body: text, status: 200, header: map[string]string{"Content-Type": contentType}}})
		require.Equal(t, err != nil, reports[0].Failed, "%s\n%v %v", text, err, reports[0].Problems)
		require.Equal(t, scraped, reports[0].Scraped, text)
		if err != nil {
			continue
		}
		for k := range got {
			if k == "up" || strings.HasPrefix(k, "scrape_") {
				delete(got, k)
			}
		}
		require.Equal(t, want, got, "%s", text)
	}
}

// upstreamScrape returns what upstream's parser reads, the first of each
// series, as dump writes it.
func upstreamScrape(text, contentType string, keep bool) (map[string]string, int, error) {
	p, err := textparse.New([]byte(text), contentType, labels.NewSymbolTable(), textparse.ParserOptions{
		IgnoreNativeHistograms: true, ConvertClassicHistogramsToNHCB: true, KeepClassicOnClassicAndNativeHistograms: keep,
	})
	if err != nil {
		return nil, 0, err
	}
	out, cached := map[string]string{}, map[string]bool{}
	n := 0
	for {
		et, err := p.Next()
		switch {
		case errors.Is(err, io.EOF):
			return out, n, nil
		case err != nil:
			return nil, n, err
		}
		var met []byte
		var ts *int64
		var value string
		switch et {
		case textparse.EntrySeries:
			var v float64
			met, ts, v = p.Series()
			value = fmt.Sprintf("%g", v)
		case textparse.EntryHistogram:
			m, t, h, fh := p.Histogram()
			met, ts = m, t
			if h != nil {
				value = h.String()
			} else {
				value = fh.String()
			}
		default:
			continue
		}
		n++
		sec := 0.0
		if ts != nil {
			sec = float64(*ts-t0) / 1000
		}
		var ls labels.Labels
		p.Labels(&ls)
		key := ls.Get(model.MetricNameLabel)
		if rest := labels.NewBuilder(ls).Del(model.MetricNameLabel).Labels(); !rest.IsEmpty() {
			key += rest.String()
		}
		// The scrape loop knows a series by its text.
		if cached[string(met)] {
			continue
		}
		cached[string(met)] = true
		if _, twice := out[key]; !twice {
			out[key] = fmt.Sprintf("%g:%s", sec, value)
		}
	}
}

// randomHistograms writes histograms, whole and broken, and what may stand
// between their lines.
func randomHistograms(r *rand.Rand, isOM bool) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var b strings.Builder
	for range 1 + r.IntN(4) {
		name := pick("h", "g", "h_sum")
		if r.IntN(8) > 0 {
			fmt.Fprintf(&b, "# TYPE %s %s\n", name, pick("histogram", "histogram", "histogram", "gauge", "summary"))
		}
		for range 1 + r.IntN(3) {
			extra := pick("", "", "a=\"1\"", "a=\"2\"", "b=\"x y\",a=\"1\"", "a=\"\"")
			braces := func(le string) string {
				switch {
				case le == "" && extra == "":
					return ""
				case le == "" || extra == "":
					return "{" + le + extra + "}"
				}
				return "{" + extra + "," + le + "}"
			}
			count := 0
			for _, le := range []string{"0.5", "1", "5", "+Inf"} {
				count += r.IntN(3)
				if r.IntN(12) > 0 {
					fmt.Fprintf(&b, "%s_bucket%s %d%s\n", name, braces("le=\""+le+"\""), count, pick("", "", "", "", ".5"))
				}
				if !isOM && r.IntN(15) == 0 {
					b.WriteString(pick("# comment\n", "\n", "# HELP h x\n", "other 1\n", "  # indented\n"))
				}
			}
			if r.IntN(8) > 0 {
				fmt.Fprintf(&b, "%s_sum%s %d\n", name, braces(""), r.IntN(100))
			}
			if r.IntN(8) > 0 {
				fmt.Fprintf(&b, "%s_count%s %d\n", name, braces(""), count+r.IntN(20)/19)
			}
			if r.IntN(6) == 0 {
				b.WriteString(pick("other 1\n", "h_bucket 3\n", "h_bucket{le=\"NaN\"} 3\n", "h 3\n", "h_created 5\n"))
			}
		}
	}
	if isOM {
		b.WriteString("# EOF\n")
	}
	return b.String()
}
