package verdict

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// clock spells times of one replay: without the date while all are on one day.
type clock struct{ day bool }

func newClock(start, end time.Time) clock {
	return clock{day: start.UTC().Format(time.DateOnly) != end.UTC().Format(time.DateOnly)}
}

func (c clock) at(t time.Time) string {
	if c.day {
		return t.UTC().Format(time.DateTime)
	}
	return t.UTC().Format(time.TimeOnly)
}

// number spells a value in three significant digits; the evidence has all.
func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e6 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// exact spells a value so that nothing of it is lost.
func exact(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// apart spells a value that is not the other, so that one sees the difference.
func apart(v, other float64) string {
	if s := number(v); s != number(other) || v == other {
		return s
	}
	return exact(v)
}

// duration as in rule files, to the millisecond.
func duration(d time.Duration) string { return model.Duration(d.Round(time.Millisecond)).String() }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if strings.HasSuffix(what, "series") {
		return fmt.Sprintf("%d %s", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// ofAll says how many of so many evaluations, as "all 19 evaluations".
func ofAll(n, all int) string {
	switch {
	case n == all && n == 1:
		return "the only evaluation"
	case n == all:
		return "all " + count(all, "evaluation")
	}
	return fmt.Sprintf("%d of %s", n, count(all, "evaluation"))
}

// list joins words: "a, b and c"; more than most are counted.
func list(words []string, most int) string {
	if n := len(words) - most; n > 0 {
		return strings.Join(words[:most], ", ") + fmt.Sprintf(" and %d more", n)
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// series spells a sample's labels as a selector would, its name first.
func series(ls labels.Labels) string {
	var name string
	var parts []string
	ls.Range(func(l labels.Label) {
		if l.Name == model.MetricNameLabel {
			name = l.Value
			return
		}
		parts = append(parts, fmt.Sprintf("%s=%q", l.Name, l.Value))
	})
	if len(parts) == 0 && name != "" {
		return name
	}
	return name + "{" + strings.Join(parts, ", ") + "}"
}

// names lists the label names of a label set but for its name, as "{a, b}", or
// says that there are none.
func names(ls labels.Labels) string {
	var parts []string
	ls.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel {
			parts = append(parts, l.Name)
		}
	})
	if len(parts) == 0 {
		return "without labels"
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func msTime(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// short is an expression's text, of a long one its beginning and its end.
func short(text string) string {
	const most, tail = 72, 20
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return string(r[:most-tail-1]) + "…" + string(r[len(r)-tail:])
}

// subject is a node in a sentence about its value: what decides the rule and is
// long is "its value".
func (t *trace) subject(n *node) string {
	if t.comparison() == n && len(n.text) > 50 {
		return "its value"
	}
	return short(n.text)
}
