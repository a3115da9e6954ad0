package sweep

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// sweeping is one comparison under way.
type sweeping struct {
	*threshold
	alerts     []*alert          // in the order in which they came
	by         map[string]*alert // by their labels' bytes
	of         map[string]*alert // by those of samples, unless labels are made by templates
	made       bool              // they are
	expanded   int               // label sets made by templates
	kept       int               // of what maxValues counts
	histograms int
	values     int
	least      float64
	most       float64
	small      float64 // the least value above 0
}

// An alert is a set of labels and the thresholds with which the rule's
// expression gives it, from evaluation to evaluation.
type alert struct {
	labels labels.Labels
	there  []stretch // by first; several ranges of one evaluation follow one another
}

// A stretch is a range of thresholds at evaluations that follow one another.
type stretch struct {
	span
	first, last int32
}

const (
	alertWeight = 16      // stretches that an alert itself is worth
	maxExpanded = 100_000 // templates that are expanded for a comparison
)

func newSweeping(t *threshold, r *rules.Rule) *sweeping {
	c := &sweeping{threshold: t, by: map[string]*alert{}, of: map[string]*alert{}, least: nan, most: nan, small: math.Inf(1)}
	r.Labels.Range(func(l labels.Label) { c.made = c.made || strings.Contains(l.Value, "{{") })
	return c
}

// stop gives a comparison up and returns how much it had kept.
func (c *sweeping) stop(why string) int {
	was := c.kept
	c.why, c.alerts, c.by, c.of, c.kept = why, nil, nil, nil, 0
	return was
}

// saw takes what the expression gives at evaluation n.
func (c *sweeping) saw(root *node, n int, look rules.Look) {
	for _, e := range root.eval(c.threshold, c.passed) {
		a := c.alert(e.Sample, look)
		if a == nil {
			c.stop(fmt.Sprintf("its labels are made by templates, more than %d times", maxExpanded))
			return
		}
		more, ok := a.add(int32(n), e.in)
		if !ok {
			c.stop("with some thresholds two of its series become one alert, which is an error, first at " + look.At.UTC().Format(time.RFC3339))
			return
		}
		c.kept += more
	}
}

// passed notes a value that is compared.
func (c *sweeping) passed(s query.Sample) {
	if s.Histogram != nil {
		c.histograms++
		return
	}
	c.values++
	if v := s.Value; !math.IsNaN(v) && !math.IsInf(v, 0) {
		if !(c.least <= v) {
			c.least = v
		}
		if !(c.most >= v) {
			c.most = v
		}
		if v > 0 && v < c.small {
			c.small = v
		}
	}
}

// alert is the one that a sample makes; nil when there were too many.
func (c *sweeping) alert(s query.Sample, look rules.Look) *alert {
	sample := ""
	if c.made {
		if c.expanded++; c.expanded > maxExpanded {
			return nil
		}
	} else {
		sample = string(s.Labels.Bytes(nil))
		if a := c.of[sample]; a != nil {
			return a
		}
	}
	ls := look.Alert(s)
	key := string(ls.Bytes(nil))
	a := c.by[key]
	if a == nil {
		a = &alert{labels: ls}
		c.by[key] = a
		c.alerts = append(c.alerts, a)
		c.kept += alertWeight
	}
	if !c.made {
		c.of[sample] = a
		c.kept += alertWeight
	}
	return a
}

// limited gives the comparison up where a limit of alerts may count.
func (c *sweeping) limited(limit int) {
	if limit > 0 && len(c.alerts) > limit {
		c.stop(fmt.Sprintf("its group has a limit of %d alerts, and with some thresholds there may be %d, which is an error", limit, len(c.alerts)))
	}
}

// add notes the thresholds with which the alert is there at evaluation n, and
// returns how many stretches that takes; false when it is there already with
// some of them.
func (a *alert) add(n int32, in set) (more int, ok bool) {
	was := len(a.there)
	begin := was
	for begin > 0 && a.there[begin-1].last == n {
		begin--
	}
	if begin < was { // another sample is the same alert at other thresholds
		var before set
		for i := begin; i < was; i++ {
			before = append(before, a.there[i].span)
			if a.there[i].first < n { // it ends one earlier
				a.there[i].last--
				begin++
			}
		}
		a.there = a.there[:begin]
		if len(before.and(in)) > 0 {
			return 0, false
		}
		in = before.or(in)
	} else if len(in) == 1 && was > 0 {
		if last := &a.there[was-1]; last.last == n-1 && last.span == in[0] && (was == 1 || a.there[was-2].last < n-1) {
			last.last = n
			return 0, true
		}
	}
	for _, p := range in {
		a.there = append(a.there, stretch{p, n, n})
	}
	return len(a.there) - was, true
}
