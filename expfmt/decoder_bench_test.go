package expfmt

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// successive returns scrapes of one target in their order.
func successive(b testing.TB, target string, most int) [][]byte {
	files, err := filepath.Glob("../../shared/captures/incident/" + target + "/*.prom")
	if err != nil || len(files) == 0 {
		b.Skip("../shared is absent: no successive scrapes to decode")
	}
	var out [][]byte
	for _, file := range files[:min(most, len(files))] {
		body, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		if len(body) > 0 {
			out = append(out, body)
		}
	}
	return out
}

// changing returns scrapes of which every value changes.
func changing(scrapes int) [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	lines := strings.SplitAfter(string(madeUpBody(1000)), "\n")
	values := make([]float64, len(lines))
	var out [][]byte
	for range scrapes {
		var body strings.Builder
		for i, line := range lines {
			name, _, ok := cutLast(line, " ")
			if !ok || line[0] == '#' {
				body.WriteString(line)
				continue
			}
			if strings.Contains(name, "_sum{") {
				values[i] += r.Float64()
			} else {
				values[i] += float64(1 + r.IntN(1000))
			}
			body.WriteString(name + " " + strconv.FormatFloat(values[i], 'g', -1, 64) + "\n")
		}
		out = append(out, []byte(body.String()))
	}
	return out
}

// BenchmarkSuccessive drains successive scrapes of a target: value and series of
// every sample, by the Decoder, by the Reader and by upstream's parsers, whose
// symbol table is known from the turn before. The floor compares as much as
// is equal line by line and parses nothing.
func BenchmarkSuccessive(b *testing.B) {
	for _, tc := range []struct {
		name   string
		bodies func(testing.TB) [][]byte
	}{
		{"kube-proxy", func(b testing.TB) [][]byte { return successive(b, "kube-proxy/node-a", 30) }},
		{"kube-apiserver", func(b testing.TB) [][]byte { return successive(b, "kube-apiserver/*", 6) }},
		{"etcd", func(b testing.TB) [][]byte { return successive(b, "etcd/*", 20) }},
		{"changing", func(testing.TB) [][]byte { return changing(20) }},
	} {
		bodies := tc.bodies(b)
		size := 0
		for _, body := range bodies {
			size += len(body)
		}
		perScrape := int64(size / len(bodies))
		run := func(name string, scrape func(body []byte)) {
			b.Run(fmt.Sprintf("of=%s/by=%s", tc.name, name), func(b *testing.B) {
				for _, body := range bodies {
					scrape(body)
				}
				b.SetBytes(perScrape)
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					scrape(bodies[i])
					if i++; i == len(bodies) {
						i = 0
					}
				}
			})
		}
		d := NewDecoder()
		run("decoder", func(body []byte) {
			d.Decode(body, Options{})
			sinkBytes += len(d.Refs()) + int(d.Values()[0])
		})
		r := NewBytesReader(nil, Options{})
		run("reader", func(body []byte) {
			r.Reset(body, Options{})
			drain(r)
		})
		st := labels.NewSymbolTable()
		run("upstream", func(body []byte) { drainUpstream(b, textparse.NewPromParser(body, st, false)) })
	}
}
