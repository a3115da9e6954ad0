package serve

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// The bounds of the times that a client may ask for (web/api/v1: MinTime,
// MaxTime), which it may write as the API itself writes them.
var (
	minTime = time.Unix(math.MinInt64/1000+62135596801, 0).UTC()
	maxTime = time.Unix(math.MaxInt64/1000-62135596801, 999999999).UTC()
)

// A request is one of a client, its times and the capture's.
type request struct {
	*http.Request
	book    *book // the first of books
	books   []*book
	shift   time.Duration // of the client's time before the capture's
	formErr error
}

// toCapture turns a client's time into the capture's.
func (r *request) toCapture(t time.Time) time.Time {
	if t.Equal(minTime) || t.Equal(maxTime) {
		return t
	}
	return t.Add(-r.shift)
}

// toClient turns a time of the capture into the client's. The zero time means
// "never", and stays.
func (r *request) toClient(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(r.shift).UTC()
}

// time is the time of a parameter, as the capture's; without one the fallback,
// which is the capture's.
func (r *request) time(name string, fallback time.Time) (time.Time, *failure) {
	text := r.FormValue(name)
	if text == "" {
		return fallback, nil
	}
	t, err := parseTime(text)
	if err != nil {
		return t, invalid(name, fmt.Errorf("invalid time value for '%s': %w", name, err))
	}
	return r.toCapture(t), nil
}

// span is the range of start and end, both optional.
func (r *request) span() (start, end time.Time, fail *failure) {
	if start, fail = r.time("start", minTime); fail != nil {
		return start, end, fail
	}
	end, fail = r.time("end", maxTime)
	return start, end, fail
}

// limit is how many results are asked for; 0: all.
func (r *request) limit() (int, *failure) {
	text := r.FormValue("limit")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err == nil && n < 0 {
		err = errors.New("limit must be non-negative")
	}
	if err != nil {
		return 0, invalid("limit", err)
	}
	return n, nil
}

// truncated is the warning of a list that a limit has cut.
const truncated = "results truncated due to limit"

// cut shortens a list to a limit, and warns.
func cut[T any](list []T, limit int) (rest []T, warnings []string) {
	if limit > 0 && len(list) > limit {
		return list[:limit], []string{truncated}
	}
	return list, nil
}

// parseTime reads a number of seconds or a time of RFC 3339 (web/api/v1:
// parseTime).
func parseTime(text string) (time.Time, error) {
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		whole, part := math.Modf(f)
		part = math.Round(part*1000) / 1000
		return time.Unix(int64(whole), int64(part*float64(time.Second))).UTC(), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, nil
	}
	for _, t := range []time.Time{minTime, maxTime} {
		if text == t.Format(time.RFC3339Nano) {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("cannot parse %q to a valid timestamp", text)
}

// parseDuration reads a number of seconds or a duration (web/api/v1:
// parseDuration).
func parseDuration(text string) (time.Duration, error) {
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		ns := f * float64(time.Second)
		if !(ns >= math.MinInt64 && ns < math.MaxInt64) { // NaN is neither
			return 0, fmt.Errorf("cannot parse %q to a valid duration. It overflows int64", text)
		}
		return time.Duration(ns), nil
	}
	if d, err := model.ParseDuration(text); err == nil {
		return time.Duration(d), nil
	}
	return 0, fmt.Errorf("cannot parse %q to a valid duration", text)
}

// matchers are the selectors of match[], each of which must ask for something.
func (h *Handler) matchers(r *request) ([][]*labels.Matcher, error) {
	sets, err := h.parser.ParseMetricSelectors(r.Form["match[]"])
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		if !asks(set) {
			return nil, errors.New("match[] must contain at least one non-empty matcher")
		}
	}
	return sets, nil
}

// asks tells whether a matcher refuses a label that is not there.
func asks(set []*labels.Matcher) bool {
	for _, m := range set {
		if m != nil && !m.Matches("") {
			return true
		}
	}
	return false
}
