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
func families(t *testing.T, body []byte) (out []*dto.MetricFamily) {
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
