package lint

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// captured checks the scrapes of a capture, which are called as told.
func (o *Options) captured(in *Input, c *capture.Capture, called func(s *capture.Scrape) string) (*Input, error) {
	w := newWorkers(o, c, called)
	defer w.close()
	return o.counted(in, c, w.next, func(i int) checked { return o.whole(w.scrape(i), called) })
}

// counted counts what next found in each scrape; whole checks the last one as
// a whole.
func (o *Options) counted(in *Input, c *capture.Capture, next, whole func(i int) checked) (*Input, error) {
	at := map[string]*Finding{}
	for i := range c.Scrapes {
		in.Scrapes++
		r := next(i)
		if r.parts != nil && in.add(at, r.parts) {
			continue
		}
		if r.parts != nil || r.again { // something is found for the first time
			r = whole(i)
		}
		in.merge(r.in)
		if r.err != nil {
			in.Failed++
			if !slices.Contains(o.Disable, NotExposition) {
				r.list = append(r.list, &Finding{Problem: expfmt.Problem{
					File: r.file, ID: NotExposition, Severity: expfmt.SeverityError, Message: r.err.Error(), Done: "skipped",
				}, Count: 1})
			}
		}
		for _, f := range r.list {
			in.fold(at, f)
		}
	}
	rank := map[expfmt.Severity]int{expfmt.SeverityError: 0, expfmt.SeverityWarning: 1, expfmt.SeverityInfo: 2}
	slices.SortStableFunc(in.Findings, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(rank[a.Severity], rank[b.Severity]), cmp.Compare(b.Count, a.Count))
	})
	if in.Failed == in.Scrapes {
		in.Not = "a capture without an exposition"
		return in, notExposition(in.Name, in.Not)
	}
	return in, nil
}

// A checked scrape has parts, where they are known, or all that was found.
type checked struct {
	parts []*part
	again bool // there is too much to keep it: it must be checked once more

	in   *Input // what it alone counts
	file string
	list []*Finding
	err  error
}

// maxKept is how many findings of a scrape are kept until those before it are
// counted.
const maxKept = 10_000

// whole checks a scrape as a whole.
func (o *Options) whole(s *capture.Scrape, called func(s *capture.Scrape) string) checked {
	r := checked{in: &Input{Capture: true, Families: map[string]bool{}}, file: called(s)}
	r.list, r.err = o.scrape(r.in, r.file, s)
	return r
}

// check checks a scrape by what is known of the one before.
func (m *memory) checkScrape(s *capture.Scrape, called func(s *capture.Scrape) string) checked {
	if s.Failure == "" && s.Err == nil && (s.Status == 0 || s.Status == http.StatusOK) {
		c := expfmt.Detect(contentType(s), s.Body)
		if c.Not == "" && c.Compression == "" && cmp.Or(m.o.Format, c.Format) == expfmt.FormatText {
			if parts := m.check(s.Body); parts != nil {
				return checked{parts: parts}
			}
		}
	}
	r := m.o.whole(s, called)
	if len(r.list) > maxKept {
		return checked{again: true}
	}
	return r
}

// merge counts what one scrape counts.
func (in *Input) merge(one *Input) {
	in.Failed += one.Failed
	in.Refused += one.Refused
	in.PromtoolRefused += one.PromtoolRefused
	in.Promtool = cmp.Or(in.Promtool, one.Promtool)
	in.Samples += one.Samples
	maps.Copy(in.Families, one.Families)
	in.judged += one.judged
	in.unasked += one.unasked
	in.format = cmp.Or(in.format, one.format)
}

// add counts a scrape by its parts. It returns false, having counted nothing,
// when something is found in it for the first time.
func (in *Input) add(at map[string]*Finding, parts []*part) bool {
	for _, p := range parts {
		if len(p.folds) < len(p.kinds) {
			p.folds = p.folds[:0]
			for _, k := range p.kinds {
				if at[k.key] == nil {
					return false
				}
				p.folds = append(p.folds, at[k.key])
			}
		}
	}
	in.judged++
	in.format = cmp.Or(in.format, expfmt.FormatText)
	for _, p := range parts {
		in.Samples += p.samples
		if !p.told {
			p.told = true
			for _, name := range p.families {
				in.Families[name] = true
			}
		}
		for i, f := range p.folds {
			in.count(f, p.kinds[i].count)
		}
	}
	return true
}

// fold counts a finding with those like it.
func (in *Input) fold(at map[string]*Finding, f *Finding) {
	key := f.key()
	first := at[key]
	if first == nil {
		first = f
		first.Count = 0
		at[key] = f
		in.Findings = append(in.Findings, f)
	}
	in.count(first, 1)
}

// key is the same for findings that are alike.
func (f *Finding) key() string { return f.ID + " " + string(f.Severity) + " " + f.Metric }

// count counts n more that are like the first, in the last scrape.
func (in *Input) count(first *Finding, n int) {
	first.Count += n
	if first.last != in.Scrapes {
		first.last = in.Scrapes
		first.Scrapes++
	}
}
