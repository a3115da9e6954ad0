package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/model/value"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// sample stages one sample: the histogram h when there is one in it, else the
// value of smp. Its labels are ls, or when those are none those of smp. A reason
// in return fails the whole scrape. The order of things is upstream's.
func (p *pass) sample(smp *expfmt.Sample, h histo, ls labels.Labels) string {
	in, t, rep := p.in, p.t, p.rep
	if in.opts.FailOnDamage && p.cut(smp) {
		return in.invalid(smp, "no-eof", "the last line has no end, at which Prometheus gives up OpenMetrics")
	}
	rep.Scraped++
	ts, own := p.s.Time, smp.HasTimestamp && t.honorTimes
	if own {
		ts = smp.Timestamp
	}
	e, cached := t.lines[string(smp.Series)]
	again := cached && e.lastIter == t.iter
	if cached {
		if !again {
			t.hits++
		}
		e.lastIter = t.iter
		if e.tracked == nil {
			return ""
		}
	} else {
		var keep bool
		var reason string
		if ls, keep, reason = p.introduce(smp, ls); !keep {
			return reason
		}
	}

	err := timeline.ErrDuplicate
	if !again || own {
		if t.sampleLimit > 0 && (!cached || h != (histo{}) || !value.IsStaleNaN(smp.Value)) {
			if in.limited++; in.limited > t.sampleLimit {
				p.over = true
				rep.PostRelabel++
				return "" // go on to count
			}
		}
		if err = in.inBounds(ts, h); err == nil {
			if e == nil {
				e = &entry{tracked: t.find(in.tl.Series(ls))}
			}
			err = in.put(e.ref, ts, smp.Value, h)
		}
	}
	switch {
	case err == nil:
		if !own && e.trackedIter == t.iter { // another spelling of the series was here
			in.duplicate(smp)
		}
		if !cached {
			t.remember(smp.Series, e.tracked)
			if !p.over {
				rep.Added++
			}
		}
		if !own || t.trackTimes {
			t.track(e.tracked)
		}
	case !known(err):
		in.problems.add(Problem{Line: smp.Line, Column: smp.Column, ID: "invalid-histogram", Severity: expfmt.SeverityError,
			Message: fmt.Sprintf("%s: %v", smp.Series, err)})
		if in.opts.FailOnDamage {
			return err.Error()
		}
		p.damaged++
	case again && !own:
		in.duplicate(smp)
	default:
		in.refused(smp, ts, err)
	}
	// Duplicates and refused samples count: this is what was exposed.
	rep.PostRelabel++
	return ""
}

// introduce gives a sample its labels when its spelling is met for the first
// time; own are those that it brings, or none: then they are those of smp. If
// it is not to be kept it is dropped, or with a reason the whole scrape.
func (p *pass) introduce(smp *expfmt.Sample, own labels.Labels) (ls labels.Labels, keep bool, reason string) {
	in, t := p.in, p.t
	if tooLong(smp) {
		in.invalid(smp, "label-too-long", fmt.Sprintf("%s has a name or label value of more than %d bytes, which no store takes: it is left out", series(smp), maxLabel))
		return ls, false, ""
	}
	if own.IsEmpty() {
		own = in.labels(smp)
	}
	ls, keep = t.sampleLabels(own)
	if !keep || ls.IsEmpty() {
		t.remember(smp.Series, nil)
		return ls, false, ""
	}
	if !ls.Has(model.MetricNameLabel) || !ls.IsValid(t.validation) {
		return ls, false, in.invalid(smp, "invalid-series", "a sample has no valid metric name and labels: "+ls.String())
	}
	if reason := t.limits.exceeded(ls); reason != "" {
		return ls, false, in.invalid(smp, "label-limit", reason)
	}
	return ls, true, ""
}

// cut tells whether a sample stands on a last line of OpenMetrics that has no
// end. Upstream's lexer fails there before it has the sample.
func (p *pass) cut(smp *expfmt.Sample) bool {
	body := p.s.Body
	if p.rep.Format != expfmt.FormatOpenMetrics || len(body) == 0 || body[len(body)-1] == '\n' {
		return false
	}
	if p.lines == 0 {
		p.lines = bytes.Count(body, []byte{'\n'}) + 1
	}
	return smp.Line == p.lines
}

// maxLabel bounds a name or value: Prometheus' labels panic at 16 MiB. Some
// room is left for exported_ before a name.
const maxLabel = 1<<24 - 1024

func tooLong(smp *expfmt.Sample) bool {
	return len(smp.Name) > maxLabel || slices.ContainsFunc(smp.Labels, func(l expfmt.Label) bool {
		return len(l.Name) > maxLabel || len(l.Value) > maxLabel
	})
}

// series is what a message calls a sample.
func series(smp *expfmt.Sample) string {
	const most = 200
	if len(smp.Series) <= most {
		return string(smp.Series)
	}
	return string(smp.Series[:most]) + "…"
}

// labels are those of the exposition, empty values included: with
// honor_labels they mean something. The strings are copied, since smp is only
// lent.
func (in *Ingester) labels(smp *expfmt.Sample) labels.Labels {
	in.builder.Reset()
	in.builder.Add(model.MetricNameLabel, strings.Clone(smp.Name))
	for _, l := range smp.Labels {
		in.builder.Add(strings.Clone(l.Name), strings.Clone(l.Value))
	}
	in.builder.Sort()
	return in.builder.Labels()
}

// invalid is the end of a scrape that has a series which no store would take.
func (in *Ingester) invalid(smp *expfmt.Sample, id, reason string) string {
	in.problems.add(Problem{Line: smp.Line, Column: smp.Column, ID: id, Severity: expfmt.SeverityError, Message: reason})
	return reason
}

func (in *Ingester) duplicate(smp *expfmt.Sample) {
	in.problems.add(Problem{
		Line: smp.Line, Column: smp.Column, ID: "duplicate-sample", Severity: expfmt.SeverityWarning,
		Message: fmt.Sprintf("%s stands in this scrape already: its first sample is kept", series(smp)),
	})
}

func (in *Ingester) refused(smp *expfmt.Sample, ts int64, err error) {
	p := Problem{Line: smp.Line, Column: smp.Column, Severity: expfmt.SeverityWarning}
	own := timestamp.Time(ts).UTC().Format(time.RFC3339Nano)
	switch {
	case errors.Is(err, errOutOfBounds):
		p.ID = "out-of-bounds"
		p.Message = fmt.Sprintf("%s has its own timestamp %s: more than 10 minutes ahead of its scrape or an hour behind the newest sample, so Prometheus drops it", series(smp), own)
	case errors.Is(err, timeline.ErrOutOfOrder):
		p.ID = "out-of-order"
		p.Message = fmt.Sprintf("%s at %s is older than what the series already has, so Prometheus drops it", series(smp), own)
	default:
		p.ID = "duplicate-timestamp"
		p.Message = fmt.Sprintf("%s has another value at %s already, so Prometheus drops this one", series(smp), own)
	}
	in.problems.add(p)
}
