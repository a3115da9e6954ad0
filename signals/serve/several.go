package serve

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// captureLabel tells captures apart that are served together.
const captureLabel = "capture"

// A Volume is one of several captures.
type Volume struct {
	Name    string // the value of its label
	Capture *capture.Capture
}

// checkVolumes refuses captures that could not be told apart.
func checkVolumes(all []Volume) error {
	seen := map[string]bool{}
	for _, v := range all {
		switch {
		case v.Capture == nil:
			return errNoCapture
		case len(all) > 1 && (v.Name == "" || !model.LabelValue(v.Name).IsValid()):
			return fmt.Errorf("%q is no name for one of several captures", v.Name)
		case seen[v.Name]:
			return fmt.Errorf("two captures are called %q", v.Name)
		}
		seen[v.Name] = true
	}
	return nil
}

// current are the books that are served.
type current struct{ books atomic.Pointer[[]*book] }

// all are all of them; at least one, once there is something to serve.
func (c *current) all() []*book {
	if list := c.books.Load(); list != nil {
		return *list
	}
	return nil
}

// Load is the first of them, or nil.
func (c *current) Load() *book {
	if all := c.all(); len(all) > 0 {
		return all[0]
	}
	return nil
}

// label gives labels that of the book, if it is one of several. What a series
// has under this name goes to exported_capture, as a server does with the
// labels of its targets.
func (b *book) label(ls labels.Labels) labels.Labels {
	if b.name == "" {
		return ls
	}
	lb := labels.NewBuilder(ls)
	if own := ls.Get(captureLabel); own != "" {
		to := model.ExportedLabelPrefix + captureLabel
		for ls.Has(to) {
			to = model.ExportedLabelPrefix + to
		}
		lb.Set(to, own)
	}
	return lb.Set(captureLabel, b.name).Labels()
}

// within are the matchers that the book's own series must match for those with
// its label to match: some, at least. ok is false when none does.
func (b *book) within(ms []*labels.Matcher) (own []*labels.Matcher, ok bool) {
	if b.name == "" {
		return ms, true
	}
	for _, m := range ms {
		switch {
		case m.Name == captureLabel && !m.Matches(b.name):
			return nil, false
		case m.Name == captureLabel, isExported(m.Name): // see relabelled
		default:
			own = append(own, m)
		}
	}
	return own, true
}

// isExported tells whether a label may be one that had to make room.
func isExported(name string) bool {
	rest, ok := strings.CutSuffix(name, captureLabel)
	return ok && rest != "" && strings.Trim(strings.ReplaceAll(rest, model.ExportedLabelPrefix, ""), " ") == ""
}

// loans are those of several books.
type loans struct {
	books []*book
	loans []*loan
}

// lend lends what some sets of matchers select in all captures. What it returns
// must be closed.
func (r *request) lend(ctx context.Context, sets [][]*labels.Matcher) (*loans, error) {
	out := &loans{}
	for _, b := range r.books {
		var own [][]*labels.Matcher
		for _, ms := range sets {
			if ms, ok := b.within(ms); ok {
				own = append(own, ms)
			}
		}
		l, err := b.store.lend(ctx, own)
		if err != nil {
			out.Close()
			return nil, err
		}
		out.books, out.loans = append(out.books, b), append(out.loans, l)
	}
	return out, nil
}

// Close gives back what is lent.
func (l *loans) Close() {
	for _, one := range l.loans {
		one.Close()
	}
}

// Querier implements storage.Queryable.
func (l *loans) Querier(mint, maxt int64) (storage.Querier, error) {
	if len(l.loans) == 1 && l.books[0].name == "" {
		return l.loans[0].Querier(mint, maxt)
	}
	return &loansQuerier{lentQuerier{mint: mint, maxt: maxt}, l}, nil
}

type loansQuerier struct {
	lentQuerier // for what no loan has
	of          *loans
}

func (q *loansQuerier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	out := &seriesList{}
	for i, b := range q.of.books {
		own, ok := b.within(ms)
		if !ok {
			continue
		}
		one, err := q.of.loans[i].Querier(q.mint, q.maxt)
		if err != nil {
			return storage.ErrSeriesSet(err)
		}
		set := one.Select(ctx, sorted, hints, own...)
		for set.Next() {
			if ls := b.label(set.At().Labels()); fits(ms, ls) {
				out.list = append(out.list, &relabelled{set.At(), ls})
			}
		}
		if set.Err() != nil {
			return storage.ErrSeriesSet(set.Err())
		}
	}
	if sorted {
		slices.SortFunc(out.list, func(a, b *relabelled) int { return labels.Compare(a.labels, b.labels) })
	}
	return out
}

// relabelled is a series with other labels.
type relabelled struct {
	storage.Series
	labels labels.Labels
}

func (s *relabelled) Labels() labels.Labels { return s.labels }

// A seriesList is a storage.SeriesSet.
type seriesList struct {
	list []*relabelled
	cur  *relabelled
}

func (s *seriesList) Next() bool {
	if len(s.list) == 0 {
		return false
	}
	s.cur, s.list = s.list[0], s.list[1:]
	return true
}

func (s *seriesList) At() storage.Series                { return s.cur }
func (s *seriesList) Err() error                        { return nil }
func (s *seriesList) Warnings() annotations.Annotations { return nil }
