package expfmt

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	dto "github.com/prometheus/client_model/go"
	upstream "github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// families reads a body with the code that protoc generates.
func families(t testing.TB, body []byte) (out []*dto.MetricFamily) {
	t.Helper()
	r := bytes.NewReader(body)
	for {
		f := new(dto.MetricFamily)
		err := protodelim.UnmarshalFrom(r, f)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
}

// TestWriteClient reads and writes what client_golang writes, and compares the
// messages.
func TestWriteClient(t *testing.T) {
	body := clientBody(t)
	s := readBytes(t, body, Options{Format: FormatProtobuf, KeepClassic: true})
	var b bytes.Buffer
	if err := Write(&b, s, FormatProtobuf); err != nil {
		t.Fatal(err)
	}
	want := families(t, body)
	for _, f := range want {
		if f.GetHelp() == "" {
			f.Help = nil // one that is empty is left out
		}
		for _, m := range f.Metric {
			wholeMillis(m.GetCounter().GetCreatedTimestamp())
			wholeMillis(m.GetSummary().GetCreatedTimestamp())
			wholeMillis(m.GetHistogram().GetCreatedTimestamp())
			wholeMillis(m.GetCounter().GetExemplar().GetTimestamp())
			withoutBuckets(m.Histogram)
			for _, e := range m.GetHistogram().GetExemplars() {
				wholeMillis(e.Timestamp)
			}
			for _, b := range m.GetHistogram().GetBucket() {
				wholeMillis(b.GetExemplar().GetTimestamp())
			}
		}
	}
	got := families(t, b.Bytes())
	for _, f := range got {
		for _, m := range f.Metric {
			withoutBuckets(m.Histogram)
		}
	}
	if diff := cmp.Diff(want, got, protocmp.Transform(), cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	checkWrite(t, body, Options{Format: FormatProtobuf})
	checkWrite(t, body, Options{Format: FormatProtobuf, KeepClassic: true})
	checkWrite(t, body, Options{Format: FormatProtobuf, IgnoreNative: true})
}

// withoutBuckets removes native buckets, of which the Reader leaves out empty
// ones; that they are the same after reading is checked elsewhere.
func withoutBuckets(h *dto.Histogram) {
	if h != nil {
		h.PositiveSpan, h.PositiveDelta, h.NegativeSpan, h.NegativeDelta = nil, nil, nil, nil
	}
}

// TestWriteAsCommon holds that text and OpenMetrics say what common/expfmt
// makes of the same families. Left aside are _created samples, which it writes
// to the nanosecond and without their samples' time, and of OpenMetrics a
// histogram with negative buckets, a unit and a quoted name, of which it writes
// what is not allowed.
func TestWriteAsCommon(t *testing.T) {
	body := clientBody(t)
	s := readBytes(t, body, Options{Format: FormatProtobuf, IgnoreNative: true})
	for _, f := range []Format{FormatText, FormatOpenMetrics} {
		var b bytes.Buffer
		for _, family := range families(t, body) {
			var err error
			if f == FormatText {
				_, err = upstream.MetricFamilyToText(&b, family)
			} else {
				_, err = upstream.MetricFamilyToOpenMetrics(&b, family, upstream.WithCreatedLines())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if f == FormatOpenMetrics {
			b.WriteString("# EOF\n")
		}
		want := readBytes(t, b.Bytes(), Options{Format: f})
		want.Sort()
		got, _ := Convert(s, f)
		for _, s := range []*Snapshot{want, got} {
			s.Families = slices.DeleteFunc(s.Families, func(g *Family) bool {
				g.Samples = slices.DeleteFunc(g.Samples, func(s Sample) bool { return strings.HasSuffix(s.Name, "_created") })
				return f == FormatOpenMetrics && (g.Name == "both_seconds" || g.Name == "infinite" || g.Name == "temperature")
			})
		}
		if len(got.Families) < 7 {
			t.Errorf("%s: %d families", f, len(got.Families))
		}
		if d := diff(want, got); d != "" {
			t.Errorf("%s: %s", f, d)
		}
	}
}

// wholeMillis cuts a time as the Reader does.
func wholeMillis(t *timestamppb.Timestamp) {
	if t != nil {
		t.Nanos -= t.Nanos % 1e6
	}
}

// TestWriteNative writes native histograms of all kinds and reads them again.
func TestWriteNative(t *testing.T) {
	for _, tc := range []struct {
		name, reason string
		in           string
		opts         Options
		lost         string
	}{
		{"integer", "its counts are deltas", `name: "h" type: HISTOGRAM metric {histogram {sample_count: 9 sample_sum: -1.5 schema: 3 zero_threshold: 1e-128 zero_count: 2
			positive_span {offset: -2 length: 2} positive_span {offset: 3 length: 1} positive_delta: [1, 1, -1] negative_span {offset: 0 length: 1} negative_delta: 3}}`, Options{}, ""},
		{"float", "its counts are not", `name: "h" type: HISTOGRAM metric {histogram {sample_count_float: 9.5 sample_sum: 1 schema: -1 zero_count_float: 2
			positive_span {offset: 1 length: 1} positive_count: 4.5 negative_span {offset: 0 length: 1} negative_count: 3}}`, Options{}, ""},
		{"float of whole numbers", "stays float", `name: "h" type: HISTOGRAM metric {histogram {sample_count_float: 4 positive_span {offset: 1 length: 1} positive_count: 4}}`, Options{}, ""},
		{"float beside classic", "the count they share stays float", `name: "h" type: HISTOGRAM metric {histogram {sample_count_float: 4 positive_span {offset: 1 length: 1} positive_count: 4
			bucket {cumulative_count_float: 1 upper_bound: 1}}}`, Options{KeepClassic: true}, ""},
		{"empty", "a span marks it", `name: "h" type: HISTOGRAM metric {histogram {sample_count: 0 sample_sum: 0 positive_span {offset: 0 length: 0}}}`, Options{}, ""},
		{"gauge", "has another hint", `name: "h" type: GAUGE_HISTOGRAM metric {histogram {sample_count: 1 sample_sum: 1 positive_span {offset: 0 length: 1} positive_delta: 1}}`, Options{}, ""},
		{"exemplars, start and time", "belong to it", `name: "h" type: HISTOGRAM metric {label {name: "a.b" value: "é"} histogram {sample_count: 1 positive_span {offset: 0 length: 1} positive_delta: 1
			created_timestamp {seconds: -2 nanos: 500000000} exemplars {label {name: "t" value: "1"} value: nan timestamp {seconds: 1}} exemplars {value: 2 timestamp {}}} timestamp_ms: -7}`, Options{}, ""},
		{"both", "one metric", nativeAndClassic, Options{KeepClassic: true}, ""},
		{"custom buckets", "are classic ones", `name: "h" type: HISTOGRAM metric {histogram {sample_count: 6 sample_sum: 1 bucket {cumulative_count: 2 upper_bound: 1} bucket {cumulative_count: 2 upper_bound: 2}
			bucket {cumulative_count: 5 upper_bound: 3 exemplar {value: 2.5 timestamp {seconds: 5}}}}}`, Options{ConvertNHCB: true}, ""},
		{"custom buckets of floats", "too", `name: "h" type: HISTOGRAM metric {histogram {sample_count_float: 6.5 sample_sum: 1 bucket {cumulative_count_float: 2.5 upper_bound: 1}}}`, Options{ConvertNHCB: true}, ""},
		{"custom buckets beside classic", "are written once", `name: "h" type: HISTOGRAM metric {histogram {sample_count: 6 sample_sum: 1 bucket {cumulative_count: 2 upper_bound: 1}}}`, Options{ConvertNHCB: true, KeepClassic: true}, ""},
		{"exemplars of a bucket", "a classic bucket has one", `name: "h" type: HISTOGRAM metric {histogram {sample_count: 1 bucket {cumulative_count: 1 upper_bound: 1}
			exemplars {value: 1 timestamp {}} exemplars {value: 1 timestamp {}}}}`, Options{ConvertNHCB: true}, "lost-exemplar"},
	} {
		tc.opts.Format = FormatProtobuf
		s := readBytes(t, protoText(t, tc.in), tc.opts)
		if len(s.Problems) > 0 || len(s.Families) != 1 || len(s.Families[0].Histograms) != 1 {
			t.Fatalf("%s: %v", tc.name, s.Problems)
		}
		var b bytes.Buffer
		err := Write(&b, s, FormatProtobuf)
		var e *FormatError
		if errors.As(err, &e) && e.Problems[0].ID == tc.lost {
			continue
		}
		if err != nil || tc.lost != "" {
			t.Errorf("%s (%s): %v", tc.name, tc.reason, err)
			continue
		}
		if err := newOracle().checkProto(b.Bytes(), tc.opts); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		s.Sort()
		back := readBytes(t, b.Bytes(), tc.opts)
		back.Sort()
		if d := diff(s, back); d != "" || len(back.Problems) > 0 {
			t.Errorf("%s (%s): %s %v", tc.name, tc.reason, d, back.Problems)
		}
	}
}
