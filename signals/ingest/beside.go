package ingest

import (
	"bytes"
	"strings"
	"sync"

	"github.com/scrapebook/scrapebook/expfmt"
)

// Meta is what TYPE, HELP and UNIT lines say of the family of a series.
type Meta struct {
	Family, Help, Unit string
	Type               expfmt.Type
}

// beside is what stands beside a sample, of which Options.Stored alone is told.
type beside struct {
	at        int   // the sample's place in its scrape, then among the staged
	start     int64 // ms since the epoch; 0: none
	exemplars []expfmt.Exemplar
}

func (b *beside) empty() bool { return b.start == 0 && len(b.exemplars) == 0 }

// note keeps what stands beside a sample that is read record by record.
func (r *reading) note(at int, start int64, one *expfmt.Exemplar, more []expfmt.Exemplar) {
	b := beside{at: at, start: start}
	if one != nil {
		more = []expfmt.Exemplar{*one}
	}
	for _, e := range more {
		e.Labels = e.Labels.Clone()
		b.exemplars = append(b.exemplars, e)
	}
	if !b.empty() {
		r.d.beside = append(r.d.beside, b)
	}
}

// gather looks for what stands beside the samples of the decoder's columns.
func (r *reading) gather() {
	if r.d.format != expfmt.FormatProtobuf && !bytes.Contains(r.body, []byte(" # {")) {
		return
	}
	for dec := r.decoder; dec.Next(); {
		switch dec.Kind() {
		case expfmt.KindSample:
			s := dec.Current()
			r.note(dec.Index(), s.StartTimestamp, s.Exemplar, nil)
		case expfmt.KindHistogram:
			h := dec.Histogram()
			r.note(dec.Index(), h.StartTimestamp, nil, h.Exemplars)
		}
	}
	r.decoder.Rewind()
}

// metas are all that is said of families, each once: targets mostly say the
// same.
type metas struct {
	mu    sync.Mutex
	known map[Meta]*Meta
}

func (ms *metas) one(m Meta) *Meta {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if known, ok := ms.known[m]; ok {
		return known
	}
	if len(ms.known) < maxFamilies {
		ms.known[m] = &m
	}
	return &m
}

// maxFamilies bounds the families of which something is kept.
const maxFamilies = 50_000

// describe reads what a body says of its families, when there are new series.
func (r *reading) describe() {
	if len(r.decoder.New()) == 0 {
		return
	}
	r.families = map[string]Meta{}
	for x := expfmt.NewBytesReader(r.body, r.d.opts); x.Next(); {
		if kind := x.Kind(); kind == expfmt.KindHelp || kind == expfmt.KindType || kind == expfmt.KindUnit {
			r.said(kind, x.Metadata())
		}
	}
}

// said takes one line.
func (r *reading) said(kind expfmt.Kind, line *expfmt.Metadata) {
	m, ok := r.families[line.Name]
	if !ok {
		m.Family = strings.Clone(line.Name)
	}
	switch kind {
	case expfmt.KindHelp:
		m.Help = strings.Clone(line.Text)
	case expfmt.KindType:
		m.Type = line.Type
	case expfmt.KindUnit:
		m.Unit = strings.Clone(line.Text)
	}
	r.families[m.Family] = m
}

// meta is what was said of the family of a series; nil when nothing was.
func (r *reading) meta(name string, typ expfmt.Type) *Meta {
	m, ok := r.families[name]
	for _, suffix := range suffixes[typ] {
		if family, has := strings.CutSuffix(name, suffix); has && !ok {
			m, ok = r.families[family]
		}
	}
	if !ok {
		return nil
	}
	return r.details.one(m)
}
