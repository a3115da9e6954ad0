package expfmt

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// knownDifferences are the problems of texts that upstream's parsers accept
// and read otherwise: by themselves, or because the scrape loop refuses later
// what they hand out. See "Reading one exposition" in signals/SEMANTICS.md, and
// Reader.
var knownDifferences = map[string]bool{
	"leading-blank":      true, // a part of the name upstream
	"duplicate-label":    true, // refused by upstream's scrape loop
	"no-name":            true, // so are empty names
	"bad-utf8":           true, // and names that are not UTF-8
	"bad-metadata":       true, // HELP of the name before a dash
	"unterminated-quote": true, // quoted names of HELP and TYPE, and of OpenMetrics, may go on over lines
	"bad-exemplar":       true, // a duplicate label of an exemplar
	"bad-timestamp":      true, // NaN and infinite ones
	"timestamp-overflow": true, // beyond int64: what the processor makes of it
	"crlf":               true, // a part of a help text
}

var (
	upstreamName = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\n`, "\n")
	upstreamType = map[model.MetricType]Type{
		model.MetricTypeCounter: TypeCounter, model.MetricTypeGauge: TypeGauge, model.MetricTypeHistogram: TypeHistogram,
		model.MetricTypeSummary: TypeSummary, model.MetricTypeGaugeHistogram: TypeGaugeHistogram, model.MetricTypeInfo: TypeInfo,
		model.MetricTypeStateset: TypeStateSet, model.MetricTypeUnknown: TypeUnknown,
	}
)

// An oracle compares the Reader with upstream's parser, record by record.
type oracle struct {
	r  *Reader
	st *labels.SymbolTable
	b  labels.ScratchBuilder

	samples int
	ids     map[string]bool // problems above info
}

func newOracle() *oracle {
	return &oracle{r: NewBytesReader(nil, Options{}), st: labels.NewSymbolTable(), b: labels.NewScratchBuilder(8), ids: map[string]bool{}}
}

// next goes to the next record that is no problem.
func (o *oracle) next() bool {
	for o.r.Next() {
		if o.r.Kind() != KindProblem {
			return true
		}
		if p := o.r.Problem(); p.Severity != SeverityInfo {
			o.ids[p.ID] = true
		}
	}
	return false
}

// check returns what is wrong: a text without a problem must be one that
// upstream accepts, and read to the same; what upstream accepts may have known
// differences alone.
func (o *oracle) check(in []byte, om bool) error {
	diff, upstreamErr := o.compare(in, om)
	for o.next() {
	}
	// At a NUL upstream's text ends, or a string does not: it has problems here
	// of whatever it stands in.
	known := bytes.IndexByte(in, 0) >= 0
	for id := range o.ids {
		known = known || knownDifferences[id]
	}
	switch {
	case upstreamErr == nil && len(o.ids) > 0 && !known:
		return fmt.Errorf("upstream accepts what has the problems %v", o.ids)
	case upstreamErr != nil && len(o.ids) == 0:
		return fmt.Errorf("no problem, but upstream refuses: %w", upstreamErr)
	case len(o.ids) == 0:
		return diff
	}
	return nil
}

// compare reads with both until one ends or they differ. The second error is
// upstream's.
func (o *oracle) compare(in []byte, om bool) (diff, refused error) {
	clear(o.ids)
	o.samples = 0
	o.r.Reset(in, optionsOf(om))
	var p textparse.Parser
	if om {
		p = textparse.NewOpenMetricsParser(in, o.st)
	} else {
		p = textparse.NewPromParser(in[:len(in):len(in)], o.st, false)
	}
	for {
		e, err := p.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return diff, err
		}
		if e == textparse.EntryComment {
			continue
		}
		if diff != nil && err == nil {
			continue // what upstream does with the rest is still of interest
		}
		more := o.next()
		if diff == nil && more != (err == nil) {
			diff = fmt.Errorf("record after %d samples: here %v, upstream %v", o.samples, more, err == nil)
		}
		if err != nil {
			return diff, nil
		}
		if diff == nil {
			diff = o.same(e, p)
		}
	}
}

// same compares one record.
func (o *oracle) same(e textparse.Entry, p textparse.Parser) error {
	m := o.r.Metadata()
	var name, text []byte
	switch e {
	case textparse.EntrySeries:
		if o.r.Kind() != KindSample {
			return fmt.Errorf("line %d: a sample upstream", m.Line)
		}
		o.samples++
		return o.sameSample(p)
	case textparse.EntryHelp:
		name, text = p.Help()
	case textparse.EntryUnit:
		name, text = p.Unit()
	case textparse.EntryType:
		var t model.MetricType
		name, t = p.Type()
		if m.Type != upstreamType[t] {
			return fmt.Errorf("line %d: type %s, upstream %s", m.Line, m.Type, t)
		}
	}
	kind := map[textparse.Entry]Kind{textparse.EntryHelp: KindHelp, textparse.EntryType: KindType, textparse.EntryUnit: KindUnit}[e]
	if o.r.Kind() != kind || m.Name != upstreamName.Replace(string(name)) || m.Text != string(text) {
		return fmt.Errorf("%s\nupstream: kind %d %q %q", record(o.r), kind, name, text)
	}
	return nil
}

func (o *oracle) sameSample(p textparse.Parser) error {
	s := o.r.Sample()
	series, ts, v := p.Series()
	if math.Float64bits(v) != math.Float64bits(s.Value) {
		return fmt.Errorf("%s\nupstream: value %x", record(o.r), math.Float64bits(v))
	}
	if s.HasTimestamp != (ts != nil) || ts != nil && *ts != s.Timestamp {
		return fmt.Errorf("%s\nupstream: timestamp %v", record(o.r), ts)
	}
	if !bytes.Equal(bytes.TrimLeft(series, " \t"), s.Series) {
		return fmt.Errorf("series %q, upstream %q", s.Series, series)
	}
	var ls labels.Labels
	p.Labels(&ls)
	if ours := o.labels(s.Name, s.Labels); !labels.Equal(ours, ls) {
		return fmt.Errorf("%s\nours %s\nupstream %s", record(o.r), ours, ls)
	}
	var e exemplar.Exemplar
	if has := p.Exemplar(&e); has != (s.Exemplar != nil) {
		return fmt.Errorf("%s\nupstream: exemplar %v", record(o.r), has)
	} else if has {
		return o.sameExemplar(s.Exemplar, e)
	}
	return nil
}

// sameExemplar resolves the escapes that upstream keeps.
func (o *oracle) sameExemplar(ours *Exemplar, e exemplar.Exemplar) error {
	o.b.Reset()
	e.Labels.Range(func(l labels.Label) { o.b.Add(upstreamName.Replace(l.Name), upstreamName.Replace(l.Value)) })
	o.b.Sort()
	want := o.b.Labels()
	if !labels.Equal(o.labels("", ours.Labels), want) || math.Float64bits(e.Value) != math.Float64bits(ours.Value) ||
		e.HasTs != ours.HasTimestamp || e.HasTs && e.Ts != ours.Timestamp {
		return fmt.Errorf("%s\nupstream: exemplar %v", record(o.r), e)
	}
	return nil
}

func (o *oracle) labels(name string, ls Labels) labels.Labels {
	o.b.Reset()
	if name != "" {
		o.b.Add(model.MetricNameLabel, name)
	}
	for _, l := range ls {
		o.b.Add(l.Name, l.Value)
	}
	o.b.Sort()
	return o.b.Labels()
}

// TestOracleTable holds every row of the table against upstream.
func TestOracleTable(t *testing.T) {
	o := newOracle()
	for _, tc := range textCases {
		if err := o.check([]byte(tc.in), tc.om); err != nil {
			t.Errorf("%s: %q: %v", tc.name, tc.in, err)
		}
	}
}

// TestOracleCaptures reads every text of the captures with both: no real
// exposition has a problem, and all records are the same.
func TestOracleCaptures(t *testing.T) {
	root := "../../shared/captures"
	if _, err := os.Stat(root); err != nil {
		t.Skip("../shared/captures is absent: no real captures to read")
	}
	o := newOracle()
	files, samples := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".prom") && !strings.HasSuffix(path, ".prom.gz") {
			return err
		}
		in, err := readCapture(path)
		if err != nil || len(in) == 0 {
			return err
		}
		if filepath.Base(path) == "kube-apiserver-unauthenticated.prom" {
			if c := Detect("text/plain", in); c.Not != "a Kubernetes Status object: 403 Forbidden" {
				t.Errorf("%s is %+v", path, c)
			}
			return nil
		}
		if err := o.check(in, false); err != nil || len(o.ids) > 0 {
			t.Errorf("%s: %v, problems %v", path, err, o.ids)
		}
		if c := Detect("", in[:min(len(in), 4096)]); c.Not != "" || c.Format != FormatText {
			t.Errorf("%s is %+v", path, c)
		}
		files++
		samples += o.samples
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d texts, %d samples", files, samples)
	if files < 900 || samples < 500_000 {
		t.Errorf("only %d texts with %d samples were compared", files, samples)
	}
}

func readCapture(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// TestOracleArticle reads the article's payloads. Its excerpt has two lines
// that are none; upstream reads nothing of it, here the other ten samples are
// read.
func TestOracleArticle(t *testing.T) {
	root := "../../shared/article"
	if _, err := os.Stat(root); err != nil {
		t.Skip("../shared/article is absent: the article's payloads are not read")
	}
	o := newOracle()
	for name, samples := range map[string]int{"requests-total.prom": 4, "rest-client-duration.prom": 13, "sync-proxy-rules.prom": 18} {
		in, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := o.check(in, false); err != nil || len(o.ids) > 0 || o.samples != samples {
			t.Errorf("%s: %d samples, %v, problems %v", name, o.samples, err, o.ids)
		}
	}
	in, err := os.ReadFile(filepath.Join(root, "excerpt.prom"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read(bytes.NewReader(in), Options{File: "excerpt.prom", Check: true})
	if err != nil {
		t.Fatal(err)
	}
	samples := 0
	for _, f := range s.Families {
		samples += len(f.Samples)
	}
	var places []string
	for _, p := range s.Problems {
		places = append(places, fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Severity, p.ID))
	}
	want := []string{
		"1:1 error bad-line", // the listing begins within something
		"4:1 warning missing-inf", "4:1 info missing-sum",
		"4:50 info split-histogram", // the / before https
		"6:1 warning missing-inf", "6:1 info missing-sum",
		"7:1 warning missing-buckets", // of POST there is the count alone
		"10:1 warning missing-inf", "10:1 info missing-sum",
		"11:1 error bad-line", "11:1 warning elided",
		"13:1 warning missing-buckets", // _sum and _count are of POST, the bucket of GET
		"18:71 info final-blank",
	}
	if diff := cmp.Diff(want, places); diff != "" || samples != 10 {
		t.Errorf("%d samples, problems (-want +got)\n%s", samples, diff)
	}
	// Without the two lines upstream reads it as well, and the same.
	if err := o.check(bytes.ReplaceAll(in, []byte("...\n"), nil), false); err != nil || len(o.ids) > 0 || o.samples != 10 {
		t.Errorf("repaired: %d samples, %v, problems %v", o.samples, err, o.ids)
	}
}
