package oracle

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// TestPrometheus2Bodies compares the series of expositions, real ones and such
// that the versions read otherwise, with those that the parsers of Prometheus 2
// find.
func TestPrometheus2Bodies(t *testing.T) {
	const om, text = "application/openmetrics-text; version=1.0.0; charset=utf-8", "text/plain; version=0.0.4"
	var bodies []body2
	for name, contentType := range map[string]string{"kube-proxy-v1.20": text, "kube-proxy-iptables": text, "kube-apiserver": text, "etcd": text, "node_exporter": text, "client_golang": om} {
		data, err := fixtures.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body2{contentType, string(data)})
	}
	bounds := "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1e3\"} 1\nh_bucket{le=\"+Inf\"} 1\n# TYPE s summary\ns{quantile=\".5\"} 1\n"
	for _, contentType := range []string{text, "", "text/csv", "garbage;;", "*/*", "text/html", "application/json"} {
		bodies = append(bodies, body2{contentType, bounds})
	}
	bodies = append(bodies, body2{om, bounds + "# EOF\n"}, body2{"application/openmetrics-text; version=2.0.0", bounds + "# EOF\n"})
	held := ask2(t, request2{Bodies: bodies}).Held
	for i, b := range bodies {
		ours := stored2(t, b)
		theirs := slices.Clone(held[i])
		slices.Sort(theirs)
		if theirs = slices.Compact(theirs); !slices.Equal(ours, theirs) {
			t.Errorf("%q %.30q: Prometheus 2 has %d series, we %d: %s", b.ContentType, b.Text, len(theirs), len(ours), oneSided(theirs, ours))
		}
		if len(theirs) == 0 {
			t.Errorf("%q: no series", b.ContentType)
		}
	}
}

func oneSided(a, b []string) string {
	var list []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			list = append(list, "-"+s)
		}
	}
	for _, s := range b {
		if !slices.Contains(a, s) {
			list = append(list, "+"+s)
		}
	}
	return fmt.Sprintf("%.500s", strings.Join(list, " "))
}

// stored2 are the series that we store of a body, without what a scrape adds.
func stored2(t *testing.T, b body2) []string {
	t.Helper()
	c, err := capture.Open(fstest.MapFS{
		"app/a/1700000000000.prom":    {Data: []byte(b.Text)},
		"app/a/1700000000000.headers": {Data: []byte("HTTP/1.1 200 OK\r\nContent-Type: " + b.ContentType + "\r\n\r\n")},
	}, "c", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tl := timeline.New()
	in := ingest.New(tl, ingest.Options{Prometheus2: true})
	for st := c.Stream(); st.Next(); {
		in.Add(st.Scrape())
	}
	var list []string
	for ref := timeline.Ref(1); int(ref) <= tl.NumSeries(); ref++ {
		ls := tl.Labels(ref)
		if name := ls.Get(model.MetricNameLabel); name == "up" || strings.HasPrefix(name, "scrape_") {
			continue
		}
		list = append(list, labels.NewBuilder(ls).Del("job", "instance").Labels().String())
	}
	slices.Sort(list)
	return list
}
