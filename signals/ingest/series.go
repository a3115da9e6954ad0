package ingest

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
)

// A seriesMaker finds out what becomes of the series of a target, as they are
// written.
type seriesMaker struct {
	conf    *settings
	builder labels.ScratchBuilder
	final   *labels.Builder
	made    map[string]*cell // those of which the decoder has no reference
}

func newSeriesMaker(conf *settings) seriesMaker {
	return seriesMaker{conf: conf, builder: labels.NewScratchBuilder(16), final: labels.NewBuilder(labels.EmptyLabels())}
}

// newCell says what becomes of a series whose text the cell has; own are the
// labels that it brings.
func (m *seriesMaker) newCell(out *cell, tooLong bool, own func() labels.Labels) {
	if tooLong {
		out.fate, out.refusal = fateOmitted, &refusal{id: "label-too-long"}
		return
	}
	ls, keep := m.conf.sampleLabels(m.final, own())
	if !keep || ls.IsEmpty() {
		out.fate = fateDropped
		return
	}
	m.judged(out, ls)
}

// judged completes a cell with its final labels.
func (m *seriesMaker) judged(out *cell, ls labels.Labels) {
	c := m.conf
	out.labels = ls
	if !ls.Has(model.MetricNameLabel) || !ls.IsValid(c.validation) {
		out.fate, out.refusal = fateFatal, &refusal{"invalid-series", "a sample has no valid metric name and labels: " + ls.String()}
	} else if reason := c.limits.exceeded(ls); reason != "" {
		out.fate, out.refusal = fateFatal, &refusal{"label-limit", reason}
	}
}

// learnt makes the cell of a series that is new. Where nothing is relabelled
// and no label has the name of one of the target's, the final labels are made
// at once.
func (m *seriesMaker) learnt(out *cell, s *expfmt.DecodedSeries) {
	out.text = unsafe.String(unsafe.SliceData(s.Series), len(s.Series)) // that is the series' own memory
	own := func() labels.Labels { return exposed(&m.builder, s.Name, s.Labels) }
	if !m.conf.relabel.Empty() || tooLong(s.Name, s.Labels) {
		m.newCell(out, tooLong(s.Name, s.Labels), own)
		return
	}
	b := &m.builder
	b.Reset()
	b.Add(model.MetricNameLabel, s.Name)
	for _, l := range s.Labels {
		if m.conf.labels.Has(l.Name) {
			m.newCell(out, false, own)
			return
		}
		if l.Value != "" {
			b.Add(l.Name, l.Value)
		}
	}
	m.conf.labels.Range(func(l labels.Label) { b.Add(l.Name, l.Value) })
	b.Sort()
	m.judged(out, b.Labels())
}

// named is the cell of a series that the decoder has no reference for.
func (m *seriesMaker) named(text []byte, own func() labels.Labels) *cell {
	c := m.made[string(text)]
	if c == nil {
		if m.made == nil || len(m.made) > maxMade {
			m.made = map[string]*cell{}
		}
		c = &cell{text: string(text)}
		m.newCell(c, false, own)
		m.made[c.text] = c
	}
	return c
}

// maxMade bounds the cells of series without reference; they can be made anew.
const maxMade = 100_000

// drops tells whether relabelling drops a series, as it stands in a problem's
// text.
func (m *seriesMaker) drops(series string) bool {
	if m.conf.relabel.Empty() {
		return false
	}
	x := expfmt.NewBytesReader([]byte(series+" 0\n"), expfmt.Options{})
	if !x.Next() || x.Kind() != expfmt.KindSample {
		return false
	}
	ls, keep := m.conf.sampleLabels(m.final, exposed(&m.builder, x.Sample().Name, x.Sample().Labels))
	return !keep || ls.IsEmpty()
}

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
