package reachable

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// The vocabulary of generated rules, shapes and data.
var (
	metricNames = []string{"c_total", "g", "g2", "h_bucket", "h_count", "h_sum", "nat", "up"}
	labelNames  = []string{"a", "b", "host", "job"}
	labelValues = []string{"1", "2", "x", "y"}
	layouts     = [][]string{
		{"0.002", "0.02", "+Inf"}, {"1.0", "5.0", "10.0", "+Inf"}, {"0.5", "1.0", "60.0", "+Inf"},
		{"-1.0", "0.0", "1.0", "+Inf"}, {"0.1", "0.7"}, {"+Inf"}, {"1", "1.0", "+Inf"}, {"x", "2.0", "+Inf"},
		{"-5.0", "-2.0", "+Inf"}, {"0.3", "0.7", "0.9", "+Inf"}, {"0.0", "0.25", "0.3", "+Inf"}, {"0.1", "0.30000000000000004", "1e+30", "+Inf"},
	}
)

// drawShape draws which metrics there are and what is known of them.
func drawShape(r *rand.Rand) Shape {
	s := Shape{Metrics: map[string]Metric{}, Recorded: map[string][]Recording{}, DelayedNames: r.IntN(8) == 0}
	for _, name := range metricNames {
		if r.IntN(10) == 0 {
			continue // it is unknown, and comes all the same
		}
		m := Metric{}
		switch name {
		case "c_total":
			m = MetricOf("counter", "")
			m.NotNaN = r.IntN(3) == 0
		case "h_bucket", "h_count":
			m = MetricOf("histogram", name[1:])
			if r.IntN(4) == 0 {
				m.NotNaN = false
			}
			if r.IntN(8) == 0 {
				m.NonNegative, m.NotNaN = false, r.IntN(2) == 0
			}
		case "h_sum":
			m = MetricOf("histogram", "_sum")
		case "nat":
			m.Native = true
		case "g2":
			m.NonNegative, m.NotNaN = r.IntN(2) == 0, r.IntN(2) == 0
		}
		if name == "h_bucket" && r.IntN(10) == 0 {
			m.Native = true
		}
		for _, l := range labelNames {
			if r.IntN(3) > 0 {
				m.Labels = append(m.Labels, l)
				if r.IntN(3) == 0 {
					m.Always = append(m.Always, l)
				}
			}
		}
		if name == "h_bucket" || r.IntN(20) == 0 {
			m.Labels = append(m.Labels, labels.BucketLabel)
			for range 1 + r.IntN(2) {
				m.Bounds = append(m.Bounds, layouts[r.IntN(len(layouts))]...)
			}
			if r.IntN(12) == 0 {
				m.Bounds = nil
			}
			if r.IntN(3) > 0 {
				m.Always = append(m.Always, labels.BucketLabel)
			}
		}
		s.Metrics[name] = m
	}
	return s
}

// drawData draws data of a shape, everything free drawn freely. Metrics that
// the shape does not know are drawn from a shape of their own.
func drawData(r *rand.Rand, s Shape) *memory {
	m := &memory{}
	wild := 0.05
	if r.IntN(3) == 0 {
		wild = 0.3
	}
	for _, name := range append(slices.Clone(metricNames), "mystery") {
		shape, known := s.Metrics[name]
		if !known {
			shape = Metric{Labels: append(slices.Clone(labelNames), labels.BucketLabel), Native: true}
		}
		groups := r.IntN(5)
		for range groups {
			base := map[string]string{model.MetricNameLabel: name}
			for _, l := range shape.Labels {
				if slices.Contains(shape.Always, l) || r.IntN(4) > 0 {
					base[l] = labelValues[r.IntN(len(labelValues))]
				}
			}
			if !slices.Contains(shape.Labels, labels.BucketLabel) {
				m.add(labels.FromMap(base), drawSamples(r, shape, wild))
				continue
			}
			bounds := shape.Bounds
			if len(bounds) == 0 {
				bounds = layouts[r.IntN(len(layouts))]
			}
			for _, le := range bounds {
				base[labels.BucketLabel] = le
				if r.IntN(8) == 0 {
					continue
				}
				if r.IntN(12) == 0 && !slices.Contains(shape.Always, labels.BucketLabel) {
					delete(base, labels.BucketLabel)
				}
				m.add(labels.FromMap(base), drawSamples(r, shape, wild))
			}
		}
	}
	return m
}

var special = []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 0}

// drawSamples draws the samples of one series over ten minutes.
func drawSamples(r *rand.Rand, m Metric, wild float64) []chunks.Sample {
	var out []chunks.Sample
	step := []int64{15_000, 30_000, 60_000, 120_000}[r.IntN(4)]
	native := m.Native && r.IntN(2) == 0
	kind := r.IntN(5)
	level := []float64{0, 1, 5, 0.3, 100, 1e16}[r.IntN(6)]
	if kind == 4 {
		wild = 0
	}
	from, to := r.Int64N(300_000), 400_000+r.Int64N(300_000)
	for t := from; t < to; t += step {
		if r.IntN(10) == 0 {
			continue
		}
		if r.IntN(40) == 0 {
			out = append(out, point{t: t, f: staleNaN})
			continue
		}
		if native && r.IntN(20) > 0 {
			level += float64(r.IntN(3))
			out = append(out, point{t: t, fh: nativeOf([4]float64{level, 1, level, float64(r.IntN(3))}, level*2)})
			continue
		}
		switch kind {
		case 0: // rises, and begins anew
			level += float64(r.IntN(4))
			if r.IntN(6) == 0 {
				level = float64(r.IntN(3))
			}
		case 1: // anything
			level = []float64{-3, -1, -0.5, 0, 0.2, 0.5, 1, 2, 2.5, 4, 7, 60, 1000}[r.IntN(13)]
		case 2: // 0 and 1
			level = float64(r.IntN(2))
		case 3: // falls
			level -= r.Float64()
		}
		f := level
		if r.Float64() < wild {
			f = special[r.IntN(len(special))]
		}
		if m.NonNegative && f < 0 {
			f = -f
		}
		if m.NotNaN && math.IsNaN(f) {
			f = 3
		}
		out = append(out, point{t: t, f: f})
	}
	return out
}

// describe is data for a message.
func (m *memory) describe() string {
	out := ""
	for _, s := range m.series {
		out += "\n  " + s.ls.String() + ":"
		for _, p := range s.samples {
			if p.FH() != nil {
				out += fmt.Sprintf(" %d:H", p.T()/1000)
				continue
			}
			out += fmt.Sprintf(" %d:%g", p.T()/1000, p.F())
		}
	}
	return out
}
