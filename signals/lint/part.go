package lint

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
)

// A part is what is known of the lines of a family, or of a few, that begin a
// text or stand behind such a part: what is found in them whatever their
// numbers are, as long as these keep to the rules of numbers.
type part struct {
	samples  int
	families []string               // those that have samples
	sampled  []string               // names of samples
	declared map[string]expfmt.Type // its families
	kinds    []kind
	numbers  numbers
	// once says that what is found may be another thing with other numbers.
	once bool

	told  bool       // its families are counted
	folds []*Finding // of each kind what it counts for, once that is known
}

// A kind is what findings that are alike have in common, and how many there
// are.
type kind struct {
	key   string
	count int
}

// local are the ids of problems that hang on no line of another part. As long
// as numbers keep to the rules, none of them hangs on numbers.
var local = map[string]bool{
	"bad-le": true, "bad-quantile": true, "bucket-layout": true, "count-mismatch": true, "counter-value": true,
	"duplicate-series": true, "falling-buckets": true, "label-names": true, "missing-buckets": true,
	"missing-inf": true, "missing-sum": true, "repeated-bound": true, "split-histogram": true, "unknown-escape": true,
	"unordered-buckets": true,
}

// learn checks a part of a text by itself. It returns nil when what is found
// may hang on the rest of the text.
func (o *Options) learn(text []byte) *part {
	s, err := expfmt.Read(bytes.NewReader(text), expfmt.Options{
		Format: expfmt.FormatText, Check: true, MaxLine: o.MaxLine, MaxBytes: -1,
	})
	if err != nil {
		return nil
	}
	p := &part{}
	for i := range s.Problems {
		if !local[s.Problems[i].ID] {
			return nil
		}
	}
	if !surelyRead(text, s.Format, s.Problems) && promtool(text) != nil {
		return nil
	}
	s.Text = text
	for _, f := range o.findings(s, "", 1) {
		p.count(f.key())
	}
	for _, f := range s.Families {
		p.samples += len(f.Samples)
	}
	p.name(s)
	var whole bool
	if p.numbers, whole = numbersOf(s); !whole {
		p.once = true
	}
	return p
}

// name notes the names of families and samples.
func (p *part) name(s *expfmt.Snapshot) {
	p.declared = make(map[string]expfmt.Type, len(s.Families))
	for _, f := range s.Families {
		p.declared[f.Name] = f.Type
		if len(f.Samples) > 0 {
			p.families = append(p.families, f.Name)
		}
		last := ""
		for i := range f.Samples {
			if name := f.Samples[i].Name; name != last {
				last = name
				p.sampled = append(p.sampled, name)
			}
		}
	}
	slices.Sort(p.sampled)
	p.sampled = slices.Clone(slices.Compact(p.sampled))
}

func (p *part) count(key string) {
	for i := range p.kinds {
		if p.kinds[i].key == key {
			p.kinds[i].count++
			return
		}
	}
	p.kinds = append(p.kinds, kind{key, 1})
}

// numbers are the rules that numbers of a part keep as long as nothing is
// found in them. They ask for more than the checks do, never for less.
type numbers struct {
	each  []numberRule // by sample
	equal [][2]int32   // the bucket +Inf and the count of a histogram
	// timed says that times are of no matter, as long as they are in
	// milliseconds.
	timed bool
}

type numberRule uint8

const (
	notNegative numberRule = 1 << iota
	notFalling             // not below the sample before
)

// numbersOf returns the rules for the samples of a text in its order; ok is
// false when there are none that would be enough.
func numbersOf(s *expfmt.Snapshot) (n numbers, ok bool) {
	type member struct {
		s *expfmt.Sample
		f *expfmt.Family
	}
	var list []member
	for _, f := range s.Families {
		for i := range f.Samples {
			list = append(list, member{&f.Samples[i], f})
		}
	}
	slices.SortFunc(list, func(a, b member) int { return cmp.Compare(a.s.Line, b.s.Line) })
	n.each, n.timed, ok = make([]numberRule, len(list)), true, true
	last := map[string]int32{} // of a histogram its last bucket, and +Inf and the count
	series := make(map[string]bool, len(list))
	timedNow := false
	var key []byte
	for i, m := range list {
		timedNow = timedNow || m.s.HasTimestamp
		key = labelKey(append(append(key[:0], m.s.Name...), 0xff), m.s.Labels, "")
		if series[string(key)] {
			n.timed = false // or its times say whether it stands twice
		} else {
			series[string(key)] = true
		}
		is := func(t expfmt.Type) bool { return m.f.Type == t || m.s.Type == t }
		switch {
		case is(expfmt.TypeHistogram) || is(expfmt.TypeGaugeHistogram):
			n.timed = false
			n.each[i] = notNegative
			ok = n.histogram(m.s, int32(i), last) && ok
		case is(expfmt.TypeCounter), is(expfmt.TypeSummary) && strings.HasSuffix(m.s.Name, "_count"):
			n.each[i] = notNegative
		}
	}
	return n, ok && (n.timed || !timedNow)
}

// histogram adds the rules for a sample of a histogram.
func (n *numbers) histogram(s *expfmt.Sample, i int32, last map[string]int32) bool {
	at := max(strings.LastIndexByte(s.Name, '_'), 0)
	group := string(labelKey([]byte(s.Name[:at]+"\xff"), s.Labels, "le"))
	set := func(what string) bool {
		_, again := last[what+group]
		last[what+group] = i
		return !again
	}
	pair := func() {
		inf, has := last["inf"+group]
		count, counted := last["count"+group]
		if has && counted {
			n.equal = append(n.equal, [2]int32{inf, count})
		}
	}
	switch s.Name[at:] {
	case "_count", "_gcount":
		if !set("count") {
			return false
		}
		pair()
	case "_bucket":
		before, again := last["bucket"+group]
		last["bucket"+group] = i
		if again {
			if before != i-1 {
				return false
			}
			n.each[i] |= notFalling
		}
		le, _ := s.Labels.Get("le")
		if bound, err := strconv.ParseFloat(le, 64); err == nil && math.IsInf(bound, +1) {
			if !set("inf") {
				return false
			}
			pair()
		}
	}
	return true
}

// labelKey appends labels as they are spelled in one way, whatever their order,
// without one of them. An empty value is none.
func labelKey(b []byte, ls expfmt.Labels, less string) []byte {
	byName := func(a, b expfmt.Label) int { return cmp.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(ls, byName) {
		ls = slices.Clone(ls)
		slices.SortFunc(ls, byName)
	}
	for i := range ls {
		if l := &ls[i]; l.Value != "" && (less == "" || l.Name != less) {
			b = append(append(b, l.Name...), 0xff) // which is in no text
			b = append(append(b, l.Value...), 0xff)
		}
	}
	return b
}

// keep reports whether values and times, which may be nil, keep to the rules.
func (n *numbers) keep(values []float64, ms []int64, has []bool) bool {
	values = values[:len(n.each)]
	for i, rule := range n.each {
		if rule != 0 && (!(values[i] >= 0) || rule&notFalling != 0 && values[i] < values[i-1]) {
			return false
		}
	}
	for _, e := range n.equal {
		if values[e[0]] != values[e[1]] {
			return false
		}
	}
	for i, timed := range has {
		if timed && (!n.timed || ms[i] < firstTime) {
			return false
		}
	}
	return true
}

// firstTime is from where on a time of text is surely in milliseconds.
const firstTime = 1e11
