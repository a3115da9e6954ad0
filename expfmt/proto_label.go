package expfmt

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// label reads a LabelPair.
func (r *Reader) label(data []byte) bool {
	var name, value []byte
	// The form that all programs write: name and value of less than 128 bytes.
	if n := len(data); n > 3 && data[0] == 0x0a && int(data[1]) < n-3 && data[2+data[1]] == 0x12 && int(data[3+data[1]]) == n-4-int(data[1]) && data[1]|data[3+data[1]] < 0x80 {
		name, value = data[2:2+data[1]], data[4+data[1]:]
	} else if bad := labelPair(data, &name, &value); bad != "" {
		r.protoProblem(r.pb.offset(data), "bad-message", "a label is damaged, and its metric was skipped: "+bad)
		return false
	}
	ls := &r.pb.m.labels
	switch {
	case len(name) == 0:
		r.protoProblem(r.pb.offset(data), "no-name", "a label without a name: its metric was skipped")
	case !utf8.Valid(name):
		r.protoProblem(r.pb.offset(data), "bad-utf8", "a label's name is not UTF-8: its metric was skipped")
	case !utf8.Valid(value):
		r.protoProblem(r.pb.offset(data), "bad-utf8", "the value of the label "+quote(name)+" is not UTF-8: its metric was skipped")
	case len(*ls) == maxParts:
		r.protoProblem(r.pb.offset(data), "too-large", "the metric was skipped: "+tooManyParts)
	default:
		*ls = append(*ls, Label{str(name), str(value)})
		return true
	}
	return false
}

// labelPair reads a LabelPair. Of what stands twice the last is meant, but one
// that upstream refuses is kept.
func labelPair(data []byte, name, value *[]byte) (bad string) {
	w := wire{b: data}
	for w.next() {
		switch {
		case w.num == 1 && w.is(wireBytes) && (*name == nil || len(*name) > 0 && utf8.Valid(*name)):
			*name = w.data
		case w.num == 2 && w.is(wireBytes) && utf8.Valid(*value):
			*value = w.data
		}
		if w.bad != "" {
			break
		}
	}
	return w.bad
}

// sortLabels brings the labels in the order that upstream's have and finds
// names that stand twice.
func (r *Reader) sortLabels() bool {
	m := &r.pb.m
	ls := m.labels
	for i := 1; i < len(ls); i++ {
		if ls[i-1].Name >= ls[i].Name {
			slices.SortStableFunc(ls, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
			break
		}
	}
	for i := 1; i < len(ls); i++ {
		if ls[i-1].Name == ls[i].Name {
			return r.duplicateLabel(ls[i].Name)
		}
	}
	m.nameAt = labelIndex(ls, "__name__")
	if m.nameAt < len(ls) && ls[m.nameAt].Name == "__name__" {
		return r.duplicateLabel("__name__")
	}
	return true
}

func (r *Reader) duplicateLabel(name string) bool {
	r.protoProblem(r.pb.offset(r.pb.m.data), "duplicate-label", "the label "+quote(bytesOf(name))+" stands twice")
	return false
}

// labelIndex returns where in sorted labels a name stands or would stand.
func labelIndex(ls []Label, name string) int {
	i := 0
	for i < len(ls) && ls[i].Name < name {
		i++
	}
	return i
}
