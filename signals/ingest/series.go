package ingest

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
)

// newCell says what becomes of a series that is written so; own are the labels
// that it brings.
func (r *reading) newCell(text string, tooLong bool, own func() labels.Labels) *cell {
	out := &cell{text: text}
	if tooLong {
		out.fate, out.refusal = fateOmitted, &refusal{id: "label-too-long"}
		return out
	}
	ls, keep := r.conf.sampleLabels(r.final, own())
	if !keep || ls.IsEmpty() {
		out.fate = fateDropped
		return out
	}
	return r.judged(out, ls)
}

// judged completes a cell with its final labels.
func (r *reading) judged(out *cell, ls labels.Labels) *cell {
	c := r.conf
	out.labels = ls
	if !ls.Has(model.MetricNameLabel) || !ls.IsValid(c.validation) {
		out.fate, out.refusal = fateFatal, &refusal{"invalid-series", "a sample has no valid metric name and labels: " + ls.String()}
	} else if reason := c.limits.exceeded(ls); reason != "" {
		out.fate, out.refusal = fateFatal, &refusal{"label-limit", reason}
	}
	return out
}

// learnt is the cell of a series that is new. Where nothing is relabelled and
// no label has the name of one of the target's, the final labels are made at
// once.
func (r *reading) learnt(s *expfmt.DecodedSeries) *cell {
	text := unsafe.String(unsafe.SliceData(s.Series), len(s.Series)) // that is the series' own memory
	own := func() labels.Labels { return exposed(&r.builder, s.Name, s.Labels) }
	if !r.conf.relabel.Empty() || tooLong(s.Name, s.Labels) {
		return r.newCell(text, tooLong(s.Name, s.Labels), own)
	}
	b := &r.builder
	b.Reset()
	b.Add(model.MetricNameLabel, s.Name)
	for _, l := range s.Labels {
		if r.conf.labels.Has(l.Name) {
			return r.newCell(text, false, own)
		}
		if l.Value != "" {
			b.Add(l.Name, l.Value)
		}
	}
	r.conf.labels.Range(func(l labels.Label) { b.Add(l.Name, l.Value) })
	b.Sort()
	return r.judged(&cell{text: text}, b.Labels())
}

// named is the cell of a series that the decoder has no reference for.
func (r *reading) named(text []byte, own func() labels.Labels) *cell {
	c := r.made[string(text)]
	if c == nil {
		if r.made == nil || len(r.made) > maxMade {
			r.made = map[string]*cell{}
		}
		c = r.newCell(string(text), false, own)
		r.made[c.text] = c
	}
	return c
}

// maxMade bounds the cells of series without reference; they can be made anew.
const maxMade = 100_000

// exposed are the labels of the exposition, empty values included: with
// honor_labels they mean something. The strings are copied.
func exposed(b *labels.ScratchBuilder, name string, ls []expfmt.Label) labels.Labels {
	b.Reset()
	b.Add(model.MetricNameLabel, strings.Clone(name))
	for _, l := range ls {
		b.Add(strings.Clone(l.Name), strings.Clone(l.Value))
	}
	b.Sort()
	return b.Labels()
}

// maxLabel bounds a name or value: Prometheus' labels panic at 16 MiB. Some
// room is left for exported_ before a name.
const maxLabel = 1<<24 - 1024

func tooLong(name string, ls []expfmt.Label) bool {
	return len(name) > maxLabel || slices.ContainsFunc(ls, func(l expfmt.Label) bool {
		return len(l.Name) > maxLabel || len(l.Value) > maxLabel
	})
}
