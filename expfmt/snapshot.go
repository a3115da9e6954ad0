package expfmt

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Snapshot is a whole text: what one target said at one time. It holds about
// 160 bytes for a series, 32 for each of its labels and once its line: 350 for
// a line of 70 bytes with three labels. Twice as much again is garbage while
// it is made. Options.MaxRecords bounds it; a Reader needs none of that.
type Snapshot struct {
	Format   Format
	Families []*Family // in the order in which the text first names them
	Problems []Problem // in the order of the text
	Text     []byte    // all of it, when ReadBody read it
	byName   map[string]*Family
}

// Family is a metric with its type and series. The family of a histogram h
// holds the samples of h_bucket, h_sum and h_count, that of a summary or an
// OpenMetrics counter likewise. A sample of which no HELP, TYPE or UNIT line
// speaks makes a family of its own name and TypeUnknown.
type Family struct {
	Name       string
	Type       Type   // of the last TYPE line for this name
	Help, Unit string // of the last such line
	Samples    []Sample
	Histograms []HistogramSample // native histograms, of protobuf alone
	declared   bool

	line, column int // where it is first named; 0: not read
}

// Read reads all of src, up to Options.MaxRecords. The error is that of src
// alone; what was read before it is in the Snapshot, whose Err says whether
// lines were lost.
func Read(src io.Reader, opts Options) (*Snapshot, error) {
	r := NewReader(src, opts)
	s := &Snapshot{Format: r.format, byName: map[string]*Family{}}
	most := opts.MaxRecords
	if most == 0 {
		most = defaultMaxRecords
	}
	for n := 0; r.Next(); n++ {
		if n == most {
			s.Problems = append(s.Problems, r.tooMany(most))
			break
		}
		switch r.Kind() {
		case KindSample:
			f := s.familyOf(r, r.Sample().Name)
			f.named(r.Sample().Line, r.Sample().Column)
			f.Samples = append(f.Samples, r.Sample().clone())
		case KindHistogram:
			f := s.familyOf(r, r.Histogram().Name)
			f.named(r.Histogram().Line, r.Histogram().Column)
			f.Histograms = append(f.Histograms, r.Histogram().clone())
		case KindProblem:
			s.Problems = append(s.Problems, *r.Problem())
		default:
			s.describe(r.Kind(), r.Metadata())
		}
	}
	if opts.Check || opts.Strict {
		sortProblems(s.Problems)
	}
	return s, r.Err()
}

const defaultMaxRecords = 2_000_000

// tooMany says that Read ended at the limit.
func (r *Reader) tooMany(most int) Problem {
	return Problem{
		File: r.file, Line: r.line, Column: 1, ID: "too-long", Severity: SeverityError, Done: skipped,
		Message: fmt.Sprintf("there are more than %d samples, lines of metadata and problems, and the rest is not read: raise the limit (MaxRecords) to keep them all, or use a Reader", most),
	}
}

// Err returns an error when something of the text was lost: it names the first
// problem of SeverityError, and how many there are. It is nil when all was
// read, though Prometheus may refuse the text all the same, see
// Problem.Refused.
func (s *Snapshot) Err() error {
	var first *Problem
	n := 0
	for i := range s.Problems {
		if s.Problems[i].Severity != SeverityError {
			continue
		}
		if n++; first == nil {
			first = &s.Problems[i]
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return errors.New(first.String())
	}
	return fmt.Errorf("%s, and %d more errors", first, n-1)
}

// Family returns the family called name, nil when there is none.
func (s *Snapshot) Family(name string) *Family {
	if s.byName != nil {
		return s.byName[name]
	}
	for _, f := range s.Families {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (s *Snapshot) describe(kind Kind, m *Metadata) {
	f := s.family(m.Name)
	f.declared = true
	f.named(m.Line, m.name)
	switch kind {
	case KindHelp:
		f.Help = strings.Clone(m.Text)
	case KindType:
		f.Type = m.Type
	case KindUnit:
		f.Unit = strings.Clone(m.Text)
	}
}

// named remembers where the family is first named.
func (f *Family) named(line, column int) {
	if f.line == 0 {
		f.line, f.column = line, column
	}
}

// family returns the family called name, a new one if need be.
func (s *Snapshot) family(name string) *Family {
	f := s.byName[name]
	if f == nil {
		f = &Family{Name: strings.Clone(name)}
		s.byName[f.Name] = f
		s.Families = append(s.Families, f)
	}
	return f
}

// suffixes are what the names of a family's samples add to the family's name.
var suffixes = [...][]string{
	TypeUnknown:        {},
	TypeCounter:        {"_total", "_created"},
	TypeGauge:          {},
	TypeHistogram:      {"_bucket", "_sum", "_count", "_created"},
	TypeSummary:        {"_sum", "_count", "_created"},
	TypeGaugeHistogram: {"_bucket", "_gsum", "_gcount"},
	TypeInfo:           {"_info"},
	TypeStateSet:       {},
}

// familyOf returns the family to which a sample belongs: in protobuf that of
// its message; in text the one that is declared with its name, else one
// declared with its name less a suffix of the type, else its own.
func (s *Snapshot) familyOf(r *Reader, name string) *Family {
	if r.format == FormatProtobuf {
		return s.family(r.pb.family)
	}
	if f := s.byName[name]; f != nil && f.declared {
		return f
	}
	if i := strings.LastIndexByte(name, '_'); i > 0 {
		if f := s.byName[name[:i]]; f != nil && f.declared {
			for _, suffix := range suffixes[f.Type] {
				if name[i:] == suffix {
					return f
				}
			}
		}
	}
	return s.family(name)
}
