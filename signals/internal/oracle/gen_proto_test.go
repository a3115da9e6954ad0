package oracle

import (
	"bytes"
	"fmt"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const protoHeaders = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited\r\n\r\n"

// A protoFamily is the counterpart of family in the delimited protobuf format.
type protoFamily struct {
	kind                     string
	name                     string
	series                   [][]string // names and values of labels in turns
	presence                 []presence
	start, step, reset       int
	schema                   int32
	offset                   int32
	growing                  bool // of buckets, not only of what is in them
	float, gauge, mismatched bool
	exemplar, created        bool
	own                      []int64 // as of family
}

var protoLabels = [][]string{nil, {"code", "200"}, {"code", "500"}, {"job", "mine"}, {"instance", ""}, {"zone", "z1", "code", "200"}, {"path", "ü\"\n"}}

func drawProtoFamily(d drawer, fail bool) *protoFamily {
	f := &protoFamily{kind: pick(d, "kind", "native", "both", "classic", "counter", "gauge", "summary", "untyped")}
	f.name = map[string]string{"native": "n", "both": "b", "classic": "h", "counter": "c_total", "gauge": "g", "summary": "s", "untyped": "u:colon"}[f.kind]
	for range d.number("series", 1, 3) {
		f.series = append(f.series, pick(d, "labels", protoLabels...))
		f.presence = append(f.presence, drawPresence(d))
	}
	f.start, f.step, f.reset = d.number("start", 0, 20), pick(d, "step", 1, 0, 3), pick(d, "reset", 1<<30, 4, 7)
	f.schema, f.offset = pick(d, "schema", int32(0), 3, -4, 8), pick(d, "offset", int32(0), -3, 5)
	f.growing = d.oneIn(3, "growing")
	f.float, f.gauge = d.oneIn(3, "float"), d.oneIn(6, "gauge")
	f.mismatched = fail && d.oneIn(10, "mismatched")
	if f.mismatched {
		f.name += "_bad" // the first of two equals would hide the second's fault from upstream
		f.series = f.series[:1]
	}
	f.exemplar, f.created = d.oneIn(3, "exemplar"), d.oneIn(3, "created")
	if d.oneIn(5, "own timestamps") {
		for range d.number("times", 1, 3) {
			f.own = append(f.own, pick(d, "time", -1000, 0, noTime, 60_000, -30_000, 601_000, -3_700_000))
		}
	}
	if f.mismatched {
		f.own = nil // one out of bounds would be dropped before upstream looks at the histogram
	}
	return f
}

func (f *protoFamily) names() []string {
	switch f.kind {
	case "both", "classic":
		return []string{f.name, f.name + "_bucket", f.name + "_sum", f.name + "_count"}
	}
	return []string{f.name}
}

// protoBody is a scrape in the delimited format.
func protoBody(families []*protoFamily, target, scrape int, at int64) text {
	var b bytes.Buffer
	for _, f := range families {
		if mf := f.family(target, scrape, at); len(mf.Metric) > 0 {
			if _, err := protodelim.MarshalTo(&b, mf); err != nil {
				panic(err)
			}
		}
	}
	return text(b.String())
}

func (f *protoFamily) family(target, scrape int, at int64) *dto.MetricFamily {
	types := map[string]dto.MetricType{"counter": dto.MetricType_COUNTER, "gauge": dto.MetricType_GAUGE, "summary": dto.MetricType_SUMMARY, "untyped": dto.MetricType_UNTYPED}
	typ, ok := types[f.kind]
	if !ok {
		typ = dto.MetricType_HISTOGRAM
		if f.gauge {
			typ = dto.MetricType_GAUGE_HISTOGRAM
		}
	}
	mf := &dto.MetricFamily{Name: proto.String(f.name), Help: proto.String("of " + f.kind), Type: &typ}
	for i, labels := range f.series {
		if !f.presence[i].has(scrape) {
			continue
		}
		m := &dto.Metric{}
		for k := 0; k < len(labels); k += 2 {
			m.Label = append(m.Label, &dto.LabelPair{Name: proto.String(labels[k]), Value: proto.String(labels[k+1])})
		}
		if len(f.own) > 0 {
			if own := f.own[scrape%len(f.own)]; own != noTime {
				m.TimestampMs = proto.Int64(at + own)
			}
		}
		n := f.start + 10*target + i + f.step*(scrape%f.reset)
		f.value(m, n, scrape)
		mf.Metric = append(mf.Metric, m)
	}
	return mf
}

func (f *protoFamily) value(m *dto.Metric, n, scrape int) {
	v := proto.Float64(float64(n) / 3)
	var created *timestamppb.Timestamp
	if f.created {
		created = &timestamppb.Timestamp{Seconds: epoch/1000 - 100, Nanos: 5_000_000}
	}
	switch f.kind {
	case "counter":
		m.Counter = &dto.Counter{Value: v, CreatedTimestamp: created}
	case "gauge":
		m.Gauge = &dto.Gauge{Value: v}
	case "untyped":
		m.Untyped = &dto.Untyped{Value: v}
	case "summary":
		m.Summary = &dto.Summary{SampleCount: proto.Uint64(uint64(n)), SampleSum: v, CreatedTimestamp: created, Quantile: []*dto.Quantile{
			{Quantile: proto.Float64(0.5), Value: v}, {Quantile: proto.Float64(1), Value: v}, {Quantile: proto.Float64(0.99), Value: v},
		}}
	default:
		m.Histogram = f.histogram(n, scrape)
		m.Histogram.CreatedTimestamp = created
	}
}

// histogram has buckets of n, n+1, … observations.
func (f *protoFamily) histogram(n, scrape int) *dto.Histogram {
	buckets := 3
	if f.growing {
		buckets += scrape % 5
	}
	zero := n % 4
	count := zero
	for i := range buckets {
		count += n + i
	}
	h := &dto.Histogram{SampleSum: proto.Float64(float64(count) * 1.5)}
	if f.kind != "classic" {
		h.Schema, h.ZeroThreshold = proto.Int32(f.schema), proto.Float64(1e-3)
		h.PositiveSpan = []*dto.BucketSpan{{Offset: proto.Int32(f.offset), Length: proto.Uint32(2)}, {Offset: proto.Int32(2), Length: proto.Uint32(uint32(buckets - 2))}}
	}
	classic := f.kind != "native"
	if f.float {
		h.SampleCountFloat = proto.Float64(float64(count) / 2)
		if f.kind != "classic" {
			h.ZeroCountFloat = proto.Float64(float64(zero) / 2)
			for i := range buckets {
				h.PositiveCount = append(h.PositiveCount, float64(n+i)/2)
			}
		}
	} else {
		h.SampleCount = proto.Uint64(uint64(count))
		if f.kind != "classic" {
			h.ZeroCount = proto.Uint64(uint64(zero))
			for i := range buckets {
				delta := int64(1)
				if i == 0 {
					delta = int64(n)
				}
				h.PositiveDelta = append(h.PositiveDelta, delta)
			}
		}
	}
	if f.mismatched && scrape%3 == 1 {
		if f.float {
			*h.SampleCountFloat++
		} else {
			*h.SampleCount++
		}
	}
	if classic {
		for i, bound := range []float64{0.1, 1, 2.5, 10} {
			b := &dto.Bucket{UpperBound: proto.Float64(bound)}
			if f.float {
				b.CumulativeCountFloat = proto.Float64(float64(count*i) / 8)
			} else {
				b.CumulativeCount = proto.Uint64(uint64(count * i / 4))
			}
			if f.exemplar && i == 2 {
				b.Exemplar = &dto.Exemplar{Label: []*dto.LabelPair{{Name: proto.String("trace_id"), Value: proto.String(fmt.Sprint(scrape))}}, Value: proto.Float64(2)}
			}
			h.Bucket = append(h.Bucket, b)
		}
	}
	if f.exemplar && f.kind == "native" {
		h.Exemplars = []*dto.Exemplar{{Label: []*dto.LabelPair{{Name: proto.String("id"), Value: proto.String("x")}}, Value: proto.Float64(1), Timestamp: &timestamppb.Timestamp{Seconds: epoch / 1000}}}
	}
	return h
}
