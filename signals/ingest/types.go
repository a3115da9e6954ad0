package ingest

import (
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
)

// types are what TYPE lines said of families.
type types map[string]familyType

type familyType struct {
	typ   expfmt.Type
	mixed bool // two lines said different things
}

func (t *types) add(list []expfmt.Metadata) {
	if len(list) > 0 && *t == nil {
		*t = types{}
	}
	for _, d := range list {
		known, ok := (*t)[d.Name]
		(*t)[d.Name] = familyType{d.Type, ok && (known.mixed || known.typ != d.Type)}
	}
}

// suffixes of the names of series, by the types whose families have them.
var suffixes = map[expfmt.Type][]string{
	expfmt.TypeCounter:        {"_total", "_created"},
	expfmt.TypeHistogram:      {"_bucket", "_count", "_sum", "_created"},
	expfmt.TypeSummary:        {"_count", "_sum", "_created"},
	expfmt.TypeGaugeHistogram: {"_bucket", "_gcount", "_gsum"},
	expfmt.TypeInfo:           {"_info"},
}

// Type returns what the TYPE line of a metric's family said, as it is spelt
// there ("counter", "histogram", …), and the suffix by which the metric's name
// differs from the family's ("_bucket", or ""). Both are "" when there was no
// such line, when two lines said different things, and when the name could
// belong to two families.
func (n *Names) Type(name string) (typ, suffix string) {
	if f, ok := n.types[name]; ok {
		if f.mixed {
			return "", ""
		}
		typ = f.typ.String()
	}
	for t, list := range suffixes {
		for _, s := range list {
			family, ok := strings.CutSuffix(name, s)
			f, known := n.types[family]
			if !ok || !known || f.typ != t && !f.mixed {
				continue
			}
			if typ != "" || f.mixed {
				return "", ""
			}
			typ, suffix = t.String(), s
		}
	}
	return typ, suffix
}
