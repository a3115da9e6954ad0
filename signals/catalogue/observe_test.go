package catalogue

import (
	"bytes"
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/expfmt"
)

func parse(t testing.TB, text string, f expfmt.Format) *expfmt.Snapshot {
	t.Helper()
	s, err := expfmt.Read(strings.NewReader(text), expfmt.Options{Format: f})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestObserved(t *testing.T) {
	tests := []struct {
		name, text string
		format     expfmt.Format
		want       string
	}{
		{"a gauge", "# TYPE m gauge\nm{b=\"1\",a=\"\"} 1\n", expfmt.FormatText, "m 1 gauge labels=a,b in=c\n"},
		{"no type", "m 1\n", expfmt.FormatText, "m 1 - labels= in=c\n"},
		{"no series", "# TYPE m gauge\n", expfmt.FormatText, "m 1 gauge in=c\n"},
		{"a histogram", "# TYPE h histogram\nh_bucket{a=\"x\",le=\"1\"} 1\nh_bucket{a=\"x\",le=\"2\"} 1\nh_bucket{a=\"x\",le=\"+Inf\"} 1\nh_sum{a=\"x\"} 1\nh_count{a=\"x\"} 1\n" +
			"h_bucket{a=\"y\",le=\"1\"} 1\nh_bucket{a=\"y\",le=\"2\"} 1\nh_bucket{a=\"y\",le=\"+Inf\"} 1\n", expfmt.FormatText, "h 1 histogram labels=a le=1,2 in=c\n"},
		{"series with different bounds", "# TYPE h histogram\nh_bucket{a=\"x\",le=\"1\"} 1\nh_bucket{a=\"y\",le=\"2\"} 1\n", expfmt.FormatText,
			"h 1 histogram labels=a in=c note=\"series with different bounds were seen\"\n"},
		{"only +Inf", "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\n", expfmt.FormatText, "h 1 histogram labels= in=c\n"},
		{"a summary", "# TYPE s summary\ns{quantile=\"0.5\",a=\"x\"} 1\ns{quantile=\"0.9\",a=\"x\"} 1\ns_sum{a=\"x\"} 1\n", expfmt.FormatText, "s 1 summary labels=a quantiles=0.5,0.9 in=c\n"},
		{"a gauge with a label le", "# TYPE m gauge\nm{le=\"1\"} 1\n", expfmt.FormatText, "m 1 gauge labels=le in=c\n"},
		{"a counter of OpenMetrics", "# TYPE m counter\nm_total 1\n# EOF\n", expfmt.FormatOpenMetrics, "m_total 1 counter labels= in=c\n"},
		{"names that need quotes", "# TYPE \"a b\" gauge\n{\"a b\",\"x,y\"=\"1\"} 1\n", expfmt.FormatText, "\"a b\" 1 gauge labels=\"x,y\" in=c\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var o Observed
			o.Add(parse(t, tt.text, tt.format), "c", "1")
			c, err := o.Catalogue("s", Source{})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			c.Write(&out)
			if got := strings.TrimPrefix(out.String(), "software s\nversions 1\n"); got != tt.want {
				t.Errorf("%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// Several scrapes add up: labels of each, types that differ are custom.
func TestObservedScrapes(t *testing.T) {
	var o Observed
	o.Add(parse(t, "# TYPE m gauge\nm{a=\"1\"} 1\n", expfmt.FormatText), "y", "1.10")
	o.Add(parse(t, "# TYPE m gauge\nm{b=\"1\"} 1\n# TYPE n gauge\nn 1\n", expfmt.FormatText), "x", "1.10")
	o.Add(parse(t, "# TYPE m gauge\nm{a=\"1\",b=\"2\"} 1\n# TYPE n counter\nn 1\n", expfmt.FormatText), "", "1.9")
	o.Add(parse(t, "# TYPE n gauge\nn 1\n", expfmt.FormatText), "", "1.9")
	c, err := o.Catalogue("s", Source{ID: "here", Text: "scrapes"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c.Write(&out)
	const want = `software s
versions 1.9..1.10
source here "scrapes"
m 1.9..1.10 gauge labels=a,b in=x,y from=here
n 1.9 custom labels= from=here
n 1.10 gauge labels= in=x from=here
`
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", &out, want)
	}
	o.Add(parse(t, "m 1\n", expfmt.FormatText), "", "no version")
	if _, err := o.Catalogue("s", Source{}); err == nil {
		t.Error("a version with a blank was taken")
	}
}

func TestBuildInfo(t *testing.T) {
	for _, tt := range []struct{ name, text, software, version string }{
		{"kubernetes", "kubernetes_build_info{git_version=\"v1.36.3\",major=\"1\",minor=\"36\"} 1\n", "kubernetes", "1.36"},
		{"a distribution", "kubernetes_build_info{git_version=\"v1.29.4-eks-036c24b\"} 1\n", "kubernetes", "1.29"},
		{"kubernetes beside another", "a_build_info{version=\"2\"} 1\nkubernetes_build_info{git_version=\"v1.36.3\"} 1\n", "kubernetes", "1.36"},
		{"kubernetes without a version", "kubernetes_build_info 1\n", "", ""},
		{"another", "prometheus_build_info{version=\"3.1.0\"} 1\n", "prometheus", "3.1.0"},
		{"a v", "etcd_build_info{version=\"v3.6.8\"} 1\n", "etcd", "3.6.8"},
		{"the Go runtime is none", "go_build_info{version=\"1.2\"} 1\nx_build_info{version=\"3\"} 1\n", "x", "3"},
		{"two", "a_build_info{version=\"1\"} 1\nb_build_info{version=\"2\"} 1\n", "", ""},
		{"no version", "a_build_info{version=\"(devel)\"} 1\n", "", ""},
		{"none", "m 1\n", "", ""},
	} {
		if s, v := BuildInfo(parse(t, tt.text, expfmt.FormatText)); s != tt.software || v != tt.version {
			t.Errorf("%s: %q %q", tt.name, s, v)
		}
	}
}
