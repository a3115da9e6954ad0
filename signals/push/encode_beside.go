package push

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/ingest"
)

// metaTypes are the numbers of types, which both versions share.
var metaTypes = map[expfmt.Type]uint64{
	expfmt.TypeCounter: 1, expfmt.TypeGauge: 2, expfmt.TypeHistogram: 3, expfmt.TypeGaugeHistogram: 4,
	expfmt.TypeSummary: 5, expfmt.TypeInfo: 6, expfmt.TypeStateSet: 7,
}

// meta1 appends what was said of a family to the request, the first time.
func (e *encoder) meta1(m *ingest.Meta) {
	if e.told[m] {
		return
	}
	e.told[m] = true
	e.one = withVarint(e.one[:0], metaType, metaTypes[m.Type])
	e.one = withString(e.one, meta1Family, m.Family)
	e.one = withString(e.one, meta1Help, m.Help)
	e.one = withString(e.one, meta1Unit, m.Unit)
	e.body = within(e.body, request1Meta, e.one)
}

// meta2 appends it to the series.
func (e *encoder) meta2(m *ingest.Meta) {
	refs, ok := e.metas[m]
	if !ok {
		refs = [2]uint64{e.symbol(m.Help), e.symbol(m.Unit)}
		e.metas[m] = refs
	}
	e.one = withVarint(e.one[:0], metaType, metaTypes[m.Type])
	e.one = withVarint(e.one, meta2Help, refs[0])
	e.one = withVarint(e.one, meta2Unit, refs[1])
	e.series = within(e.series, series2Meta, e.one)
}

// exemplar appends an exemplar to the series.
func (e *encoder) exemplar(x *expfmt.Exemplar, p Protocol) {
	var b, inner []byte
	field := protowire.Number(series1Exemplars)
	if p == Version2 {
		field = series2Exemplars
		for _, l := range x.Labels {
			inner = protowire.AppendVarint(inner, e.symbol(l.Name))
			inner = protowire.AppendVarint(inner, e.symbol(l.Value))
		}
		b = within(b, exemplarLabels, inner)
	} else {
		for _, l := range x.Labels {
			inner = withString(withString(inner[:0], labelName, l.Name), labelValue, l.Value)
			b = within(b, exemplarLabels, inner)
		}
	}
	b = withVarint(withDouble(b, exemplarValue, x.Value), exemplarTime, uint64(x.Timestamp))
	e.series = within(e.series, field, b)
}
