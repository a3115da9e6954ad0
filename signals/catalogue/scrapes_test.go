package catalogue_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/catalogue"
)

var update = flag.Bool("update", false, "rewrite the facts that are made of scrapes; then run go generate")

// observed are the scrapes that facts are made of.
var observed = []struct {
	name string // the version
	text string
	from map[string]string // the fixture and its component
}{
	{"1.20", "a scrape of kube-proxy v1.20.6 in iptables mode", map[string]string{"kube-proxy-v1.20": "kube-proxy"}},
	{"1.36", "scrapes of kube-proxy and kube-apiserver v1.36.3, one each, kube-proxy in both modes", map[string]string{
		"kube-proxy-iptables": "kube-proxy", "kube-proxy-nftables": "kube-proxy", "kube-apiserver": "kube-apiserver"}},
}

// What facts say that scrapes showed is what the embedded scrapes show.
func TestFactsOfScrapes(t *testing.T) {
	for _, o := range observed {
		t.Run(o.name, func(t *testing.T) {
			var seen catalogue.Observed
			for name, component := range o.from {
				s := readFixture(t, name)
				if software, version := catalogue.BuildInfo(s); software != "kubernetes" || version != o.name {
					t.Fatalf("%s says that it is %s %s", name, software, version)
				}
				seen.Add(s, component, o.name)
			}
			c, err := seen.Catalogue("kubernetes", catalogue.Source{ID: "scrape-" + o.name, Text: o.text})
			if err != nil {
				t.Fatal(err)
			}
			want := bytes.NewBufferString("# What real scrapes show, made of scrapebook's fixtures.\n")
			if err := c.Write(want); err != nil {
				t.Fatal(err)
			}
			file := "internal/facts/scrape-" + o.name + ".list"
			if *update {
				if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want.Bytes()) {
				t.Errorf("%s is not what the scrapes show (%v): go test -update, then go generate", file, err)
			}
		})
	}
}

func readFixture(t testing.TB, name string) *expfmt.Snapshot {
	t.Helper()
	data, err := fixtures.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := expfmt.Read(bytes.NewReader(data), expfmt.Options{Format: expfmt.Detect("", data).Format})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
