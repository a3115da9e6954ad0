package expfmt

import (
	"bytes"
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

// BenchmarkSuccessive drains successive scrapes of a target: series and value
// of every sample, by the Decoder, the Reader and upstream's parsers, whose
// symbol table is known from the turn before. The floor finds the lines of each
// text and compares them with those of the text before, one by one, and reads
// nothing.
func BenchmarkSuccessive(b *testing.B) {
	for _, tc := range []struct {
		name   string
		bodies func(testing.TB) [][]byte
		om     bool
	}{
		{"kube-proxy", func(b testing.TB) [][]byte { return successive(b, "kube-proxy/node-a", 30) }, false},
		{"kube-proxy-openmetrics", func(b testing.TB) [][]byte { return withEOF(successive(b, "kube-proxy/node-a", 30)) }, true},
		{"kube-apiserver", func(b testing.TB) [][]byte { return successive(b, "kube-apiserver/*", 6) }, false},
		{"etcd", func(b testing.TB) [][]byte { return successive(b, "etcd/*", 20) }, false},
		{"changing", func(testing.TB) [][]byte { return changing(20) }, false},
	} {
		b.Run("of="+tc.name, func(b *testing.B) { benchmarkSuccessive(b, tc.bodies(b), tc.om) })
	}
}

func withEOF(bodies [][]byte) [][]byte {
	for i, body := range bodies {
		bodies[i] = append(body, "# EOF\n"...)
	}
	return bodies
}

func benchmarkSuccessive(b *testing.B, bodies [][]byte, om bool) {
	opts, d, r, st := optionsOf(om), NewDecoder(), NewBytesReader(nil, Options{}), labels.NewSymbolTable()
	upstream := func(body []byte) textparse.Parser { return textparse.NewPromParser(body, st, false) }
	if om {
		upstream = func(body []byte) textparse.Parser { return textparse.NewOpenMetricsParser(body, st) }
	}
	var last []byte
	size := 0
	for _, body := range bodies {
		size += len(body)
	}
	for _, by := range []struct {
		name   string
		scrape func(*testing.B, []byte)
	}{
		{"decoder", func(_ *testing.B, body []byte) {
			d.Decode(body, opts)
			values := d.Values()
			for i, ref := range d.Refs() {
				sinkBytes += int(ref)
				sinkValue += values[i]
			}
		}},
		{"floor", func(_ *testing.B, body []byte) {
			compareLines(last, body)
			last = body
		}},
		{"reader", func(_ *testing.B, body []byte) {
			r.Reset(body, opts)
			drain(r)
		}},
		{"upstream", func(b *testing.B, body []byte) { drainUpstream(b, upstream(body)) }},
	} {
		b.Run("by="+by.name, func(b *testing.B) {
			for _, body := range bodies {
				by.scrape(b, body)
			}
			b.SetBytes(int64(size / len(bodies)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				by.scrape(b, bodies[i%len(bodies)])
			}
		})
	}
}

var sinkValue float64

// compareLines counts the lines of b that are those of a at the same place.
func compareLines(a, b []byte) {
	for len(a) > 0 && len(b) > 0 {
		n := bytes.IndexByte(b, '\n') + 1
		if n <= len(a) && bytes.Equal(a[:n], b[:n]) {
			sinkBytes++
			a, b = a[n:], b[n:]
			continue
		}
		a, b = a[bytes.IndexByte(a, '\n')+1:], b[n:]
	}
}
