package serve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// found are the parameters of what looks for series.
type found struct {
	limit      int
	start, end time.Time
	sets       [][]*labels.Matcher
}

// find reads them. Wrong makes the failure of a selector.
func (h *Handler) find(r *request, wrong func(error) *failure) (f found, fail *failure) {
	if f.limit, fail = r.limit(); fail != nil {
		return f, fail
	}
	if f.start, f.end, fail = r.span(); fail != nil {
		return f, fail
	}
	var err error
	if f.sets, err = h.matchers(r); err != nil {
		return f, wrong(err)
	}
	return f, nil
}

func bad(err error) *failure { return &failure{badData, err} }

func (h *Handler) labelNames(r *request) (answer, *failure) {
	f, fail := h.find(r, bad)
	if fail != nil {
		return answer{}, fail
	}
	return r.collect(f, func(x *index, ms []*labels.Matcher) []string {
		if len(ms) == 0 {
			return x.names()
		}
		return x.labelNames(ms)
	}), nil
}

func (h *Handler) labelValues(r *request) (answer, *failure) {
	name := r.PathValue("name")
	if strings.HasPrefix(name, "U__") {
		name = model.UnescapeName(name, model.ValueEncodingEscaping)
	}
	if !model.UTF8Validation.IsValidLabelName(name) {
		return answer{}, &failure{badData, fmt.Errorf("invalid label name: %q", name)}
	}
	f, fail := h.find(r, bad)
	if fail != nil {
		return answer{}, fail
	}
	return r.collect(f, func(x *index, ms []*labels.Matcher) []string {
		if len(ms) == 0 {
			return x.values(name)
		}
		return x.labelValues(name, ms)
	}), nil
}

// collect asks for each set of matchers, and puts the strings together.
func (r *request) collect(f found, ask func(*index, []*labels.Matcher) []string) answer {
	all := map[string]bool{}
	var notes []string
	for _, b := range r.books {
		notes = append(notes, b.index.warnings()...)
		if !b.meets(f.start, f.end) {
			continue
		}
		sets := f.sets
		if len(sets) == 0 {
			sets = [][]*labels.Matcher{nil}
		}
		for _, ms := range sets {
			for _, s := range ask(b.index, ms) {
				all[s] = true
			}
		}
	}
	list := slices.AppendSeq([]string{}, maps.Keys(all))
	slices.Sort(list)
	list, warnings := cut(list, f.limit)
	return answer{data: list, warnings: append(warnings, notes...)}
}

func (h *Handler) series(r *request) (answer, *failure) {
	if r.formErr != nil {
		return answer{}, &failure{badData, fmt.Errorf("error parsing form values: %w", r.formErr)}
	}
	if len(r.Form["match[]"]) == 0 {
		return answer{}, &failure{badData, errors.New("no match[] parameter provided")}
	}
	f, fail := h.find(r, func(err error) *failure { return invalid("match[]", err) })
	if fail != nil {
		return answer{}, fail
	}
	list := []labels.Labels{}
	for _, b := range r.books {
		some, err := b.selectLabels(r.Context(), f)
		if err != nil {
			return answer{}, evaluating(err)
		}
		list = append(list, some...)
	}
	slices.SortFunc(list, labels.Compare)
	list = slices.CompactFunc(list, labels.Equal)
	list, warnings := cut(list, f.limit)
	return answer{data: list, warnings: warnings}, nil
}

// selectLabels are the labels of the series with a sample in a range.
func (b *book) selectLabels(ctx context.Context, f found) (list []labels.Labels, err error) {
	for _, ms := range f.sets {
		some, sure := b.index.within(ms, millis(f.start), millis(f.end))
		if !sure {
			if some, err = b.lookWithin(ctx, ms, f); err != nil {
				return nil, err
			}
		}
		list = append(list, some...)
	}
	return list, nil
}

// lookWithin is the same of one set of matchers, by the samples themselves.
func (b *book) lookWithin(ctx context.Context, ms []*labels.Matcher, f found) (list []labels.Labels, err error) {
	lent, err := (&request{books: []*book{b}}).lend(ctx, [][]*labels.Matcher{ms})
	if err != nil {
		return nil, err
	}
	defer lent.Close()
	q, err := lent.Querier(millis(f.start), millis(f.end))
	if err != nil {
		return nil, err
	}
	defer q.Close()
	set := q.Select(ctx, false, nil, ms...)
	for set.Next() {
		if len(list)%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		list = append(list, set.At().Labels())
	}
	return list, set.Err()
}
