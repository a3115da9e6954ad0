package lint

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"github.com/scrapebook/scrapebook/expfmt"
)

// A memory reads successive texts, mostly of one target, and knows what was
// found in the last one. A line that was seen and judged is not judged again:
// where the lines are those of the text before but for their numbers, these
// alone are looked at; else each part that is unlike all that were seen is
// checked by itself.
type memory struct {
	o      *Options
	known  *shelf
	d      *expfmt.Decoder
	parts  []*part // of the last text; nil when it is not known part by part
	once   bool    // one of them is
	apart  []*part // the last list of which apart is known to hold
	hash   maphash.Hash
	pieces []piece
}

// check returns the parts of a text. Findings of a text are those of its parts.
// It returns nil where that may not be so, as in formats other than text. The
// text is kept until check has returned once more.
func (m *memory) check(text []byte) []*part {
	if len(text) == 0 || len(text) > maxPromtool {
		return nil
	}
	if m.d == nil {
		m.d = expfmt.NewDecoder()
	}
	m.d.Decode(text, expfmt.Options{Format: expfmt.FormatText, MaxLine: m.o.MaxLine, MaxBytes: -1})
	if m.parts == nil || m.once || !m.d.Alike() || !m.keep() {
		m.parts, m.once = m.again(text), false
		for _, p := range m.parts {
			m.once = m.once || p.once
		}
	}
	return m.parts
}

// keep reports whether all numbers keep to the rules of the parts.
func (m *memory) keep() bool {
	n := 0
	for _, p := range m.parts {
		if !m.keeps(p, n) {
			return false
		}
		n += p.samples
	}
	return true
}

// keeps reports whether those from a sample on keep to the rules of a part.
func (m *memory) keeps(p *part, from int) bool {
	to := from + p.samples
	ms, has := m.d.Timestamps()
	if has != nil {
		ms, has = ms[from:to], has[from:to]
	}
	return p.numbers.keep(m.d.Values()[from:to], ms, has)
}

// again looks at a text part by part.
func (m *memory) again(text []byte) []*part {
	if len(m.d.Problems()) > 0 || !m.cut(text) {
		return nil
	}
	list := make([]*part, 0, len(m.pieces))
	n := 0
	for _, piece := range m.pieces {
		if n+piece.samples > len(m.d.Values()) {
			return nil
		}
		p := m.known.get(piece.shape)
		if p == nil || p.samples != piece.samples || !m.keeps(p, n) {
			if p = m.o.learn(piece.text); p == nil || p.samples != piece.samples {
				return nil
			}
			if p.once = p.once || !m.keeps(p, n); !p.once {
				p = m.known.put(piece.shape, p)
			}
		}
		list = append(list, p)
		n += p.samples
	}
	if n != len(m.d.Values()) {
		return nil
	}
	if !slices.Equal(list, m.apart) {
		if m.apart = nil; !apart(list) {
			return nil
		}
		m.apart = list
	}
	return list
}

// apart reports whether no name of a part can be taken for one of a family of
// another part, as x_sum for one of the histogram x, and no name is in two.
func apart(list []*part) bool {
	owner := map[string]*part{}
	for _, p := range list {
		for name := range p.declared {
			if owner[name] != nil {
				return false
			}
			owner[name] = p
		}
	}
	taken := func(p *part, name string) bool {
		at := max(strings.LastIndexByte(name, '_'), 0)
		other := owner[name[:at]]
		return other != nil && other != p && takes(other.declared[name[:at]], name[at:])
	}
	for _, p := range list {
		for name := range p.declared {
			if taken(p, name) {
				return false
			}
		}
		for _, name := range p.sampled {
			switch owner[name] {
			case p:
			case nil:
				owner[name] = p
			default:
				return false
			}
			if taken(p, name) {
				return false
			}
		}
	}
	return true
}

// takes reports whether samples of a family of the type may have the suffix,
// in one format or another.
func takes(t expfmt.Type, suffix string) bool {
	switch suffix {
	case "_total":
		return t == expfmt.TypeCounter
	case "_info":
		return t == expfmt.TypeInfo
	case "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum":
		return t != expfmt.TypeGauge && t != expfmt.TypeUnknown
	}
	return false
}

// A shelf holds the parts that were learned, for all targets of a capture: up
// to maxShelf samples, then it begins anew.
type shelf struct {
	seed    maphash.Seed
	mu      sync.Mutex
	parts   map[uint64]*part
	samples int
}

const maxShelf = 1_000_000

func newShelf() *shelf {
	return &shelf{seed: maphash.MakeSeed(), parts: map[uint64]*part{}}
}

func (k *shelf) get(shape uint64) *part {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.parts[shape]
}

// put returns what another has put there before, if somebody has.
func (k *shelf) put(shape uint64, p *part) *part {
	k.mu.Lock()
	defer k.mu.Unlock()
	if other := k.parts[shape]; other != nil && other.samples == p.samples {
		return other
	}
	if k.samples += p.samples + 100; k.samples > maxShelf {
		clear(k.parts)
		k.samples = p.samples + 100
	}
	k.parts[shape] = p
	return p
}
