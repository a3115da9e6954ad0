package serve

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// exploring is what a request of /explore asks for. Times are the client's.
type exploring struct {
	Expr     string
	from, to time.Time
	step     time.Duration
	auto     bool // the step is ours
	Table    bool // at the end, and not a graph
	// Wrong says of a field of the form what is wrong with it.
	Wrong map[string]string
	Place string // in the expression: its line, and a caret below
}

// From, To and Step are what the fields of the form show.
func (e *exploring) From() string { return fieldTime(e.from) }

// To is the end.
func (e *exploring) To() string { return fieldTime(e.to) }

// Step is empty where it is ours.
func (e *exploring) Step() string {
	if e.auto {
		return ""
	}
	return spellStep(e.step)
}

// fieldTime is a time as pageTime reads it, to the millisecond.
func fieldTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999") }

// spellStep is a duration as parseDuration reads it.
func spellStep(d time.Duration) string {
	if d%time.Millisecond == 0 {
		return model.Duration(d).String()
	}
	return fmt.Sprint(d.Seconds())
}

// exploring reads the form. What is wrong is noted, and the rest is as if it
// had not been given.
func (h *Handler) exploring(r *request) *exploring {
	start, end := r.whole()
	e := &exploring{
		Expr: h.oneLine(strings.TrimSpace(r.FormValue("expr"))), from: start, to: end,
		Table: r.FormValue("tab") == "table", Wrong: map[string]string{},
	}
	e.time("from", r.FormValue("from"), start, &e.from)
	e.time("to", r.FormValue("to"), start, &e.to)
	if e.from.After(e.to) {
		e.Wrong["to"] = "the end lies before the start"
	}
	e.step, e.auto = r.pageStep(e.to.Sub(e.from)), true
	if text := strings.TrimSpace(r.FormValue("step")); text != "" {
		switch step, err := parseDuration(text); {
		case err != nil:
			e.Wrong["step"] = err.Error() + ": write 15s, or a number of seconds"
		case step < time.Millisecond:
			e.Wrong["step"] = "a step is at least 1ms"
		default:
			e.step, e.auto = step, false
		}
	}
	if !e.Table && e.to.Sub(e.from)/e.step > maxSteps {
		e.Wrong["step"] = fmt.Sprintf("more than %d steps from start to end: leave it out, or make it longer", maxSteps)
	}
	return e
}

// whole is the time of the capture, in whole seconds.
func (r *request) whole() (start, end time.Time) {
	start, end = r.toClient(time.UnixMilli(r.book.capture.Start)), r.toClient(r.book.end)
	return start.Truncate(time.Second), end.Add(time.Second - time.Nanosecond).Truncate(time.Second)
}

// pageStep is how far apart the points of a graph are: no nearer to each other
// than scrapes are, and some hundreds of them.
func (r *request) pageStep(span time.Duration) time.Duration {
	const points = 250
	every := max(r.book.every, time.Millisecond)
	return max(1, (span/points+every-1)/every) * every
}

// time reads a field of the form.
func (e *exploring) time(field, text string, day time.Time, into *time.Time) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	t, err := pageTime(text, day)
	if err != nil {
		e.Wrong[field] = err.Error()
		return
	}
	*into = t
}

// pageTime reads a time as people write it, in UTC, or as the API does; of a
// time of day the day is that of the capture's start.
func pageTime(text string, day time.Time) (time.Time, error) {
	t, err := parseTime(text)
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"} {
		if err != nil {
			t, err = time.Parse(layout, text)
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if err != nil {
			if t, err = time.Parse(layout, text); err == nil {
				t = day.Truncate(24 * time.Hour).Add(t.Sub(t.Truncate(24 * time.Hour)))
			}
		}
	}
	if err != nil {
		return t, fmt.Errorf("%q is no time: write 07:10, 2006-01-02 15:04:05 (UTC) or seconds since 1970", text)
	}
	if t.Year() < 1 || t.Year() > 9999 {
		return t, fmt.Errorf("%q lies outside of the years 1 to 9999", text)
	}
	return t.UTC().Truncate(time.Millisecond), nil
}

// address is the page of what is explored, with other times and another view.
func (e *exploring) address(from, to time.Time, table bool) string {
	v := url.Values{"expr": {e.Expr}, "from": {fieldTime(from)}, "to": {fieldTime(to)}}
	if !e.auto {
		v.Set("step", spellStep(e.step))
	}
	if table {
		v.Set("tab", "table")
	}
	return "/explore?" + v.Encode()
}

// oneLine is an expression without line breaks, which the field that shows it
// cannot hold. A comment ends at one, so that with comments it is printed anew.
func (h *Handler) oneLine(expr string) string {
	if !strings.ContainsAny(expr, "\r\n") {
		return expr
	}
	if parsed, err := h.parser.ParseExpr(expr); err == nil && strings.ContainsAny(expr, "#`") {
		return parsed.String()
	}
	return strings.Join(strings.FieldsFunc(expr, func(c rune) bool { return c == '\r' || c == '\n' }), " ")
}
