package promapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// An Error is a server's answer that says that something is wrong with what was
// asked, as the API shapes it.
type Error struct {
	Type    string // such as bad_data or execution; "" when the server names none
	Message string
	Status  int // of HTTP
}

// Error is the server's message.
func (e *Error) Error() string { return e.Message }

// TooMuch tells whether what was asked is more than the server gives at once,
// as far as its words tell.
func (e *Error) tooMuch() bool {
	for _, word := range []string{"too many", "exceeded maximum", "exceeds", "limit", "timed out", "timeout", "too large", "canceled"} {
		if strings.Contains(strings.ToLower(e.Message), word) {
			return true
		}
	}
	return e.Status == http.StatusRequestEntityTooLarge || e.Status == http.StatusServiceUnavailable || e.Type == "timeout"
}

// errTooLarge is that of an answer beyond Options.MaxBody.
var errTooLarge = errors.New("the answer is too large")

// tries is how often a request is made whose failure may be none of its own.
const tries = 5

// maxWait bounds what a server's Retry-After can ask for.
const maxWait = 30 * time.Second

// post sends a form to a path below /api/v1 and decodes `data` of the answer.
func (c *Client) post(ctx context.Context, path string, form url.Values, data any) (warnings, infos []string, err error) {
	body, err := c.send(ctx, http.MethodPost, path, []byte(form.Encode()), http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"},
		"Accept":       {"application/json"},
	})
	if err != nil {
		return nil, nil, err
	}
	return c.decode(body, path, data)
}

// get asks a path below /api/v1.
func (c *Client) get(ctx context.Context, path string, query url.Values, data any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	body, err := c.send(ctx, http.MethodGet, path, nil, http.Header{"Accept": {"application/json"}})
	if err != nil {
		return err
	}
	_, _, err = c.decode(body, path, data)
	return err
}

// envelope is what stands around every answer of the API.
type envelope struct {
	Status    string          `json:"status"`
	Data      json.RawMessage `json:"data"`
	ErrorType string          `json:"errorType"`
	Error     string          `json:"error"`
	Warnings  []string        `json:"warnings"`
	Infos     []string        `json:"infos"`
	Partial   bool            `json:"isPartial"` // of VictoriaMetrics
}

func (c *Client) decode(body []byte, path string, data any) (warnings, infos []string, err error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, nil, c.fail(fmt.Errorf("%s: %s answers something that is not the Prometheus API (%w): check the URL, which ends before /api/v1", c.URL(), path, err))
	}
	if e.Status == "error" {
		return e.Warnings, e.Infos, &Error{Type: e.ErrorType, Message: e.Error, Status: http.StatusOK}
	}
	if e.Partial {
		c.note("the server says that an answer is partial: part of its storage did not take part")
	}
	for _, w := range e.Warnings {
		if strings.Contains(strings.ToLower(w), "partial") {
			c.note("the server says: %s", w)
		}
	}
	if err := json.Unmarshal(e.Data, data); err != nil {
		return nil, nil, fmt.Errorf("%s: the answer of %s cannot be read: %w", c.URL(), path, err)
	}
	return e.Warnings, e.Infos, nil
}

// send makes a request, again and again while its failure may pass: no
// connection, 429 and 5xx that say nothing of the query. The error is an *Error
// when the server says what is wrong with what was asked, errTooLarge, or one
// that Err returns from then on.
func (c *Client) send(ctx context.Context, method, path string, body []byte, header http.Header) ([]byte, error) {
	if err := c.Err(); err != nil {
		return nil, err
	}
	select {
	case c.busy <- struct{}{}:
		defer func() { <-c.busy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	wait := c.opts.Wait
	for try := 1; ; try++ {
		answer, again, err := c.once(ctx, method, path, body, header)
		if err == nil || errors.As(err, new(*Error)) || errors.Is(err, errTooLarge) {
			return answer, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if again < 0 || try == tries {
			return nil, c.fail(err)
		}
		select {
		case <-time.After(max(again, wait)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		wait *= 2
	}
}

// never is the wait before a request that need not be made again.
const never = -1

// once makes a request once; again is how long to wait at least before it is
// made again.
func (c *Client) once(ctx context.Context, method, path string, body []byte, header http.Header) (answer []byte, again time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+"/api/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, never, err
	}
	for k, v := range header {
		req.Header[k] = v
	}
	resp, err := c.opts.HTTP.Do(req)
	if err != nil {
		return nil, 0, fmt.Errorf("%s cannot be asked: %w", c.URL(), unwrapped(err))
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxBody+1))
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("%s broke off its answer: %w", c.URL(), unwrapped(err))
	case int64(len(answer)) > c.opts.MaxBody:
		return nil, never, errTooLarge
	case resp.StatusCode == http.StatusOK:
		return answer, 0, nil
	}
	return nil, retryAfter(resp), c.refusal(resp, path, answer)
}

// refusal is the error of an answer that is not 200.
func (c *Client) refusal(resp *http.Response, path string, answer []byte) error {
	var e envelope
	shaped := json.Unmarshal(answer, &e) == nil && e.Error != ""
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%s does not let us ask (%s)", c.URL(), resp.Status)
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout:
		return fmt.Errorf("%s: %s: %s", c.URL(), resp.Status, cmp.Or(e.Error, firstLine(answer)))
	case http.StatusServiceUnavailable:
		if !shaped || e.ErrorType != "timeout" && e.ErrorType != "canceled" {
			return fmt.Errorf("%s: %s: %s", c.URL(), resp.Status, cmp.Or(e.Error, firstLine(answer)))
		}
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		if !shaped {
			return &Error{Type: "not_found", Message: fmt.Sprintf("%s has no /api/v1/%s (%s): the URL ends before /api/v1", c.URL(), firstWord(path), resp.Status), Status: resp.StatusCode}
		}
	}
	return &Error{Type: e.ErrorType, Message: cmp.Or(e.Error, firstLine(answer), resp.Status), Status: resp.StatusCode}
}

func firstWord(path string) string {
	word, _, _ := strings.Cut(path, "?")
	return word
}

// firstLine is the beginning of an answer that is no JSON.
func firstLine(answer []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(answer)), "\n")
	if len(line) > 200 {
		line = strings.ToValidUTF8(line[:200], "") + "…"
	}
	return line
}

// retryAfter is what a server asks to wait, in seconds; it is never where
// asking again would be of no use.
func retryAfter(resp *http.Response) time.Duration {
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return never
	}
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxWait)
}
