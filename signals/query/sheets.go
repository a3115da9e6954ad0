package query

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// Sheets are a Source that computes what expressions have in common once. Steps
// of the same instants share their sub-expressions until Forget is called,
// which has to be done whenever the storage was written to.
//
// An operand of which the order matters, as of a sum between whose series an
// operator stands, is computed by itself and put in the order that an instant
// query has it in. So Steps know more expressions than those that are
// RangeSafe: see Safe.
type Sheets struct {
	store
	ordered Ordered

	mu    sync.Mutex
	known map[string]*piece // by the text
	uses  map[string]*use   // of pieces, by their texts
	cells map[cellKey]*cell
}

// Sheets returns those over q.
func (e *Engine) Sheets(q interface {
	storage.Queryable
	Ordered
}) *Sheets {
	return &Sheets{store: store{e, q}, ordered: q, known: map[string]*piece{}, uses: map[string]*use{}, cells: map[cellKey]*cell{}}
}

// Safe tells whether Steps give at each of their instants what Vector gives
// there, as sets.
func (s *Sheets) Safe(x *Expr) bool { return x.RangeSafe || x.sheetSafe && s.cuts(x.text) }

// cuts tells whether an operand may be computed by itself. With names that are
// dropped late a result does not tell which of them will be.
func (s *Sheets) cuts(text string) bool {
	return !s.engine.earlier && !s.engine.late && len(text) <= maxShared
}

// maxShared bounds the texts that are taken apart, in bytes: the texts of all
// pieces are held.
const maxShared = 4096

// Forget drops what was computed.
func (s *Sheets) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.cells)
}

// maxKnown bounds the texts that are remembered.
const maxKnown = 10_000

// A use of a piece is where it stands. One with several is computed once.
type use struct {
	first   string // the text around it
	several bool
}

type cellKey struct {
	text             string
	start, end, step int64
}

// A cell is a piece at some instants.
type cell struct {
	once sync.Once
	rows []row // by labels
	ok   bool

	sorting  sync.Once
	sorted   []row // in the order of an instant query
	sortable bool
}

// A row is one series of a cell: a value at some of the instants.
type row struct {
	labels labels.Labels
	points []promql.FPoint
}

// Steps implements Source.
func (s *Sheets) Steps(ctx context.Context, expr string, start, end time.Time, step time.Duration) *Steps {
	if !s.cuts(expr) {
		return s.store.Steps(ctx, expr, start, end, step)
	}
	p := s.piece(expr)
	if p == nil {
		return nil
	}
	c := s.cell(ctx, p, start, end, step)
	if !c.ok {
		return nil
	}
	return newSteps(c.rows, start, end, step)
}

// Expect makes known what will be asked for, so that what it has in common is
// shared from the beginning.
func (s *Sheets) Expect(expr string) {
	if s.cuts(expr) {
		s.piece(expr)
	}
}

// piece is what is known of a text; nil when Steps cannot tell of it.
func (s *Sheets) piece(text string) *piece {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.known[text]; ok {
		return p
	}
	if len(s.known) >= maxKnown { // templates may make up any number
		clear(s.known)
		clear(s.uses)
	}
	p := newPiece(s.engine.parser, text)
	s.known[text] = p
	if p != nil {
		p.count("", s.uses)
	}
	return p
}

// cell computes a piece, unless that was done.
func (s *Sheets) cell(ctx context.Context, p *piece, start, end time.Time, step time.Duration) *cell {
	key := cellKey{p.text, start.UnixMilli(), end.UnixMilli(), step.Milliseconds()}
	s.mu.Lock()
	c := s.cells[key]
	if c == nil {
		c = &cell{}
		s.cells[key] = c
	}
	s.mu.Unlock()
	c.once.Do(func() { c.ok = s.compute(ctx, p, c, start, end, step) })
	return c
}

// compute fills a cell.
func (s *Sheets) compute(ctx context.Context, p *piece, c *cell, start, end time.Time, step time.Duration) bool {
	if s.engine.bound(ctx, s.q, p.text, start, end, step) != nil {
		return false
	}
	blank := p.steady && !slices.ContainsFunc(p.selectors, func(sel Selector) bool { return s.ordered.Count(sel.Matchers...) > 0 })
	s.mu.Lock()
	cuts := p.cuts(s.uses)
	done := blank && p.blank
	s.mu.Unlock()
	if done {
		return true
	}
	over := &overlay{Queryable: s.q, from: start.UnixMilli(), step: step.Milliseconds(), steps: int(end.Sub(start)/step) + 1}
	for _, cut := range cuts {
		of := s.cell(ctx, cut, start, end, step)
		if !of.ok {
			return false
		}
		rows := of.rows
		if cut.sorted {
			since := start.Add(-s.engine.Reach(cut.text).Back)
			if of.sorting.Do(func() { of.sort(cut.order, s.ordered, since.UnixMilli()) }); !of.sortable {
				return false
			}
			rows = of.sorted
		}
		over.cells = append(over.cells, rows)
	}
	query, err := s.engine.engine.NewRangeQuery(ctx, over, nil, p.without(cuts), start, end, step)
	if err != nil {
		return false
	}
	defer query.Close()
	res := query.Exec(ctx)
	m, ok := res.Value.(promql.Matrix)
	if res.Err != nil || len(res.Warnings) > 0 || !ok {
		return false
	}
	c.rows = make([]row, len(m))
	for i, series := range m {
		if len(series.Histograms) > 0 || slices.ContainsFunc(series.Floats, func(p promql.FPoint) bool { return value.IsStaleNaN(p.F) }) {
			return false
		}
		c.rows[i] = row{series.Metric, slices.Clone(series.Floats)} // Close hands the points to the next query
	}
	if blank && len(c.rows) == 0 {
		s.mu.Lock()
		p.blank = true
		s.mu.Unlock()
	}
	return true
}

// sort puts the rows in the order of an instant query, if that can be told.
func (c *cell) sort(o *order, q Ordered, since int64) {
	places, ok := o.places(q, since)
	if !ok {
		return
	}
	lb := labels.NewBuilder(labels.EmptyLabels())
	at := make(map[int]row, len(c.rows))
	var buf []byte
	for _, r := range c.rows {
		buf = o.key(lb, r.labels, buf)
		place, known := places[string(buf)]
		if _, twice := at[place]; !known || twice {
			return // one series of the selector as two of the result
		}
		at[place] = r
	}
	for _, place := range slices.Sorted(maps.Keys(at)) {
		c.sorted = append(c.sorted, at[place])
	}
	c.sortable = true
}

// cutLabel is what the overlay knows its cells by.
const cutLabel = "__cut__"

// cutSelector selects cell n of an overlay.
func cutSelector(n int) *parser.VectorSelector {
	return &parser.VectorSelector{LabelMatchers: []*labels.Matcher{
		labels.MustNewMatcher(labels.MatchEqual, cutLabel, strconv.Itoa(n)),
	}}
}
