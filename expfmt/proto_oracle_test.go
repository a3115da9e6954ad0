package expfmt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// protoOptions are all settings of a Reader of protobuf.
var protoOptions = func() (all []Options) {
	for i := range 8 {
		all = append(all, Options{Format: FormatProtobuf, IgnoreNative: i&1 != 0, KeepClassic: i&2 != 0, ConvertNHCB: i&4 != 0})
	}
	return all
}()

// knownProtoDifferences are the problems of messages that upstream's parser
// reads: Prometheus refuses later what it hands out, or it is not what is
// meant.
var knownProtoDifferences = map[string]bool{
	"bad-exemplar":     true, // names and values that no store takes
	"bad-histogram":    true, // refused by upstream's head
	"bad-packed":       true, // upstream reads on behind the field
	"bad-utf8":         true, // units
	"duplicate-label":  true, // refused by upstream's scrape loop
	"no-name":          true, // so are labels without a name
	"no-untyped-value": true, // a value that is left out
	"too-large":        true,
	"message-too-long": true,
}

// nextProto goes to the next record that is no problem.
func (o *oracle) nextProto() bool {
	for o.r.Next() {
		if o.r.Kind() != KindProblem {
			return true
		}
		switch p := o.r.Problem(); {
		case strings.HasSuffix(p.Message, "packed buckets are cut"):
			o.ids["bad-packed"] = true
		case p.Severity != SeverityInfo:
			o.ids[p.ID] = true
		}
	}
	return false
}

// checkProto returns what is wrong, as check does.
func (o *oracle) checkProto(in []byte, opts Options) error {
	diff, refused := o.compareProto(in, opts)
	for o.nextProto() {
	}
	known := false
	for id := range o.ids {
		known = known || knownProtoDifferences[id]
	}
	switch {
	case refused == nil && len(o.ids) > 0 && !known:
		return fmt.Errorf("upstream accepts what has the problems %v", slices.Sorted(maps.Keys(o.ids)))
	case refused != nil && len(o.ids) == 0:
		return fmt.Errorf("no problem, but upstream refuses: %w", refused)
	case len(o.ids) == 0:
		return diff
	}
	return nil
}

func (o *oracle) compareProto(in []byte, opts Options) (diff, refused error) {
	defer func() {
		if v := recover(); v != nil {
			refused = fmt.Errorf("upstream panics: %v", v)
		}
	}()
	clear(o.ids)
	o.samples = 0
	o.r.Reset(in, opts)
	p := textparse.NewProtobufParser(in, opts.IgnoreNative, opts.KeepClassic, opts.ConvertNHCB, false, o.st)
	second := false // a native histogram was the record before
	for {
		e, err := p.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return diff, err
		}
		if diff != nil && err == nil {
			if e == textparse.EntrySeries {
				p.Series()
			} else if e == textparse.EntryHistogram {
				p.Histogram()
			}
			continue
		}
		more := o.nextProto()
		if diff == nil && more != (err == nil) {
			diff = fmt.Errorf("record after %d samples: here %v, upstream %v", o.samples, more, err == nil)
		}
		if err != nil {
			return diff, nil
		}
		if diff == nil {
			diff = o.sameProto(e, p, second)
		}
		second = e == textparse.EntryHistogram
	}
}

func (o *oracle) sameProto(e textparse.Entry, p textparse.Parser, second bool) error {
	var (
		series []byte
		ts     *int64
		v      float64
		h      *histogram.Histogram
		fh     *histogram.FloatHistogram
		s      = *o.r.Sample()
	)
	switch e {
	case textparse.EntrySeries:
		if o.r.Kind() != KindSample {
			return fmt.Errorf("kind %d: a sample upstream", o.r.Kind())
		}
		series, ts, v = p.Series()
	case textparse.EntryHistogram:
		if o.r.Kind() != KindHistogram {
			return fmt.Errorf("kind %d: a histogram upstream", o.r.Kind())
		}
		series, ts, h, fh = p.Histogram()
		ours := o.r.Histogram()
		if !sameHistogram(ours.H, h) || !sameFloatHistogram(ours.FH, fh) {
			return fmt.Errorf("%s: %v %v\nupstream: %v %v", ours.Name, ours.H, ours.FH, h, fh)
		}
		s = Sample{Name: ours.Name, Labels: ours.Labels, Timestamp: ours.Timestamp, HasTimestamp: ours.HasTimestamp,
			StartTimestamp: ours.StartTimestamp, Series: ours.Series, Type: ours.Type}
	default:
		return o.sameMetadata(e, p)
	}
	o.samples++
	if math.Float64bits(v) != math.Float64bits(s.Value) {
		return fmt.Errorf("%s %v\nupstream: value %x", s.Series, s.Value, math.Float64bits(v))
	}
	if s.HasTimestamp != (ts != nil) || ts != nil && *ts != s.Timestamp {
		return fmt.Errorf("%s %v\nupstream: timestamp %v", s.Series, s.Timestamp, ts)
	}
	if st := p.StartTimestamp(); st != s.StartTimestamp {
		return fmt.Errorf("%s: start %d\nupstream: %d", s.Series, s.StartTimestamp, st)
	}
	if !bytes.Equal(series, s.Series) {
		return fmt.Errorf("series %q, upstream %q", s.Series, series)
	}
	var ls labels.Labels
	p.Labels(&ls)
	if ours := o.labels(s.Name, s.Labels); !labels.Equal(ours, ls) {
		return fmt.Errorf("labels %s\nupstream %s", ours, ls)
	}
	ours := o.r.Histogram().Exemplars
	if e == textparse.EntrySeries {
		if ours = nil; s.Exemplar != nil {
			ours = []Exemplar{*s.Exemplar}
		}
	}
	var theirs []exemplar.Exemplar
	for {
		var e exemplar.Exemplar
		if !p.Exemplar(&e) {
			break
		}
		theirs = append(theirs, e)
	}
	// Upstream goes on in the exemplars of one native histogram where it ended
	// in those of the one before.
	if len(theirs) < len(ours) && second && e == textparse.EntryHistogram {
		ours = ours[len(ours)-len(theirs):]
	}
	if len(ours) != len(theirs) {
		return fmt.Errorf("%s: exemplars %v\nupstream: %v", s.Series, ours, theirs)
	}
	for i, e := range theirs {
		if !labels.Equal(o.labels("", ours[i].Labels), e.Labels) || math.Float64bits(e.Value) != math.Float64bits(ours[i].Value) ||
			e.HasTs != ours[i].HasTimestamp || e.HasTs && e.Ts != ours[i].Timestamp {
			return fmt.Errorf("%s: exemplar %v\nupstream: %v", s.Series, ours[i], e)
		}
	}
	return nil
}

// sameMetadata compares names and texts as they are: no escapes are in them.
func (o *oracle) sameMetadata(e textparse.Entry, p textparse.Parser) error {
	m := o.r.Metadata()
	var name, text []byte
	var kind Kind
	typ := TypeUnknown
	switch e {
	case textparse.EntryHelp:
		kind = KindHelp
		name, text = p.Help()
	case textparse.EntryUnit:
		kind = KindUnit
		name, text = p.Unit()
	case textparse.EntryType:
		kind = KindType
		n, t := p.Type()
		name, typ = n, upstreamType[t]
	}
	if o.r.Kind() != kind || m.Name != string(name) || m.Text != string(text) || m.Type != typ {
		return fmt.Errorf("%s\nupstream: kind %d %q %q %s", record(o.r), kind, name, text, typ)
	}
	return nil
}

func sameHistogram(a, b *histogram.Histogram) bool {
	type fields histogram.Histogram // without String
	return (a == nil) == (b == nil) && (a == nil || a.CounterResetHint == b.CounterResetHint && (a.Equals(b) || fmt.Sprint(fields(*a)) == fmt.Sprint(fields(*b))))
}

// sameFloatHistogram is Equals, but a NaN equals a NaN.
func sameFloatHistogram(a, b *histogram.FloatHistogram) bool {
	type fields histogram.FloatHistogram
	return (a == nil) == (b == nil) && (a == nil || a.CounterResetHint == b.CounterResetHint && (a.Equals(b) || fmt.Sprint(fields(*a)) == fmt.Sprint(fields(*b))))
}

// TestProtoOracleTable holds every row of the tables against upstream.
func TestProtoOracleTable(t *testing.T) {
	o := newOracle()
	for _, tc := range protoCases {
		for _, opts := range protoOptions {
			if err := o.checkProto(protoText(t, tc.in), opts); err != nil {
				t.Errorf("%s: %+v: %v", tc.name, opts, err)
			}
		}
	}
	for _, tc := range rawProtoCases {
		for _, opts := range protoOptions {
			if err := o.checkProto([]byte(tc.in), opts); err != nil {
				t.Errorf("%s: %+v: %v", tc.name, opts, err)
			}
		}
	}
}

// TestProtoOracleClient reads what client_golang writes.
func TestProtoOracleClient(t *testing.T) {
	in := clientBody(t)
	o := newOracle()
	natives, exemplars, starts := 0, 0, 0
	for r := NewBytesReader(in, Options{Format: FormatProtobuf}); r.Next(); {
		if r.Kind() != KindHistogram {
			continue
		}
		natives++
		exemplars += len(r.Histogram().Exemplars)
		if r.Histogram().StartTimestamp != 0 {
			starts++
		}
	}
	if natives < 8 || starts != natives || exemplars < 3 {
		t.Errorf("the body has %d native histograms, %d with a start, %d exemplars", natives, starts, exemplars)
	}
	for _, opts := range protoOptions {
		if err := o.checkProto(in, opts); err != nil || len(o.ids) > 0 || o.samples < 20 {
			t.Errorf("%+v: %d samples, %v, problems %v", opts, o.samples, err, o.ids)
		}
	}
}

// TestProtoOracleCaptures reads every body of the captures with both, and holds
// that the text of the same target has the same families, types and series.
func TestProtoOracleCaptures(t *testing.T) {
	files, err := filepath.Glob("../../shared/captures/singles/*.pb")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("../shared/captures/singles has no bodies in protobuf: none is read")
	}
	o := newOracle()
	samples := 0
	for _, file := range files {
		in, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, opts := range protoOptions {
			if err := o.checkProto(in, opts); err != nil || len(o.ids) > 0 {
				t.Errorf("%s: %+v: %v, problems %v", file, opts, err, o.ids)
			}
			samples += o.samples
		}
		if c := Detect("", in[:min(len(in), 4096)]); c != (Content{Format: FormatProtobuf}) {
			t.Errorf("%s is %+v", file, c)
		}
		sameAsText(t, in, strings.TrimSuffix(file, ".pb")+".prom")
	}
	t.Logf("%d bodies, %d samples in 8 ways", len(files), samples)
	if len(files) < 5 || samples < 100_000 {
		t.Errorf("only %d bodies with %d samples were compared", len(files), samples)
	}
}

// sameAsText holds that two scrapes of one target, as protobuf and as text,
// have the same families, types, help texts and series. Values differ, since
// the scrapes do; start timestamps stand in protobuf alone. There are no
// native histograms, exemplars or units in any of the captures.
func sameAsText(t *testing.T, in []byte, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := Read(bytes.NewReader(in), Options{Format: FormatProtobuf, IgnoreNative: true})
	b, errB := Read(bytes.NewReader(text), Options{})
	if errA != nil || errB != nil || len(a.Problems) > 0 || len(b.Problems) > 0 {
		t.Fatalf("%s: %v %v %v %v", file, errA, errB, a.Problems, b.Problems)
	}
	ours, theirs := seriesOf(a), seriesOf(b)
	only := 0
	for s := range ours {
		if !theirs[s] {
			only++
		}
	}
	for s := range theirs {
		if !ours[s] {
			only++
		}
	}
	t.Logf("%s: %d series, %d of one body alone", filepath.Base(file), len(ours), only)
	if len(ours) < 100 || only > 0 {
		t.Errorf("%s: of %d and %d series %d are of one alone", file, len(ours), len(theirs), only)
	}
	if len(a.Families) != len(b.Families) {
		t.Errorf("%s: %d families, in text %d", file, len(a.Families), len(b.Families))
	}
	for _, f := range a.Families {
		if g := b.Family(f.Name); g == nil || g.Type != f.Type || g.Help != f.Help || g.Unit != f.Unit {
			t.Errorf("%s: %s is a %s (%q), in text %+v", file, f.Name, f.Type, f.Help, g)
		}
	}
}

func seriesOf(s *Snapshot) map[string]bool {
	out := map[string]bool{}
	for _, f := range s.Families {
		for _, smp := range f.Samples {
			ls := smp.Labels.Clone()
			slices.SortFunc(ls, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
			out[fmt.Sprintf("%s %s %s %q", f.Name, f.Type, smp.Name, ls)] = true
		}
	}
	return out
}
