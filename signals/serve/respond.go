package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/prometheus/prometheus/promql"

	"github.com/scrapebook/scrapebook/signals/query"
)

// A kind is a type of errors, as the API names it, with its status.
type kind struct {
	name   string
	status int
}

// The kinds of web/api/v1, and below them our own.
var (
	badData     = kind{"bad_data", http.StatusBadRequest}
	execution   = kind{"execution", http.StatusUnprocessableEntity}
	canceled    = kind{"canceled", 499} // nginx' "client closed request"
	timedOut    = kind{"timeout", http.StatusServiceUnavailable}
	internal    = kind{"internal", http.StatusInternalServerError}
	unavailable = kind{"unavailable", http.StatusInternalServerError}
	notFound    = kind{"not_found", http.StatusNotFound}

	busy       = kind{"unavailable", http.StatusServiceUnavailable}
	forbidden  = kind{"forbidden", http.StatusForbidden}
	tooLarge   = kind{"bad_data", http.StatusRequestEntityTooLarge}
	notAllowed = kind{"bad_data", http.StatusMethodNotAllowed}
)

// A failure is an error of the API.
type failure struct {
	kind kind
	err  error
}

// invalid is the failure of a parameter.
func invalid(parameter string, err error) *failure {
	return &failure{badData, fmt.Errorf("invalid parameter %q: %w", parameter, err)}
}

// evaluating is the failure of an evaluation (web/api/v1: returnAPIError).
func evaluating(err error) *failure {
	var wrong *query.Error
	var full *fullError
	switch {
	case errors.As(err, &wrong):
		return invalid("query", wrong.Err)
	case errors.As(err, &full) && full.others:
		return &failure{busy, err}
	case errors.As(err, new(promql.ErrQueryCanceled)), errors.Is(err, context.Canceled):
		return &failure{canceled, err}
	case errors.As(err, new(promql.ErrQueryTimeout)), errors.Is(err, context.DeadlineExceeded):
		return &failure{timedOut, err}
	case errors.As(err, new(promql.ErrStorage)):
		return &failure{internal, err}
	}
	return &failure{execution, err}
}

// An answer is what an endpoint came to.
type answer struct {
	// data is encoded as JSON; nil: there is no content.
	data            any
	value           *valueJSON // in the place of data
	warnings, infos []string
	close           func() // is called when the answer was written; may be nil
}

// valueJSON is the value of a query, which is written piece by piece: it may be
// large.
type valueJSON struct {
	*query.Value
	stats []byte
}

// respond writes an answer.
func respond(w http.ResponseWriter, a answer) {
	if a.close != nil {
		defer a.close()
	}
	if a.data == nil && a.value == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	b := []byte(`{"status":"success","data":`)
	if a.value == nil {
		data, err := json.Marshal(a.data)
		if err != nil {
			respondError(w, &failure{internal, err})
			return
		}
		b = append(b, data...)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	if a.value != nil {
		w.Write(b)
		if a.value.WriteJSON(w, a.value.stats) != nil {
			return // the client has left
		}
		b = b[:0]
	}
	b = appendNotes(b, "warnings", "warning", a.warnings)
	b = appendNotes(b, "infos", "info", a.infos)
	w.Write(append(b, '}')) // an error is the client's, who has left
}

// maxNotes is how many warnings and infos an answer has (web/api/v1: respond).
const maxNotes = 10

func appendNotes(b []byte, field, one string, notes []string) []byte {
	if len(notes) == 0 {
		return b
	}
	if more := len(notes) - maxNotes; more > 0 {
		notes = append(slices.Clip(notes[:maxNotes]), fmt.Sprintf("%d more %s annotations omitted", more, one))
	}
	list, err := json.Marshal(notes)
	if err != nil { // strings always have a JSON form
		panic(err)
	}
	b = append(b, `,"`+field+`":`...)
	return append(b, list...)
}

// respondError writes a failure.
func respondError(w http.ResponseWriter, f *failure) {
	b, err := json.Marshal(struct {
		Status string `json:"status"`
		Type   string `json:"errorType"`
		Error  string `json:"error"`
	}{"error", f.kind.name, f.err.Error()})
	if err != nil { // strings always have a JSON form
		panic(err)
	}
	if f.kind == busy {
		w.Header().Set("Retry-After", "10")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.kind.status)
	w.Write(b) // an error is the client's, who has left
}
