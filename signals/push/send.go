package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Protocol is a version of remote write.
type Protocol string

// The versions that are spoken.
const (
	Version1 Protocol = "1.0"
	Version2 Protocol = "2.0"
)

// A StatusError is the answer of a server that did not take a request.
type StatusError struct {
	Code    int
	Message string // what the server said, in one line; its beginning when it is long
}

// Error tells the status and the message.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("the server answered %d %s", e.Code, http.StatusText(e.Code))
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// A sender posts messages to one address.
type sender struct {
	client  *http.Client
	url     string
	agent   string
	timeout time.Duration // of a request
	giveUp  time.Duration // after which a batch that does not go through is left
	wait    func(context.Context, time.Duration) error
	retry   func(error, time.Duration) // may be nil

	requests, retries int
	bytes             int64
}

// An answer is that of a server that took a message, or refused it for good.
type answer struct {
	refused *StatusError // nil: it was taken
	written int          // samples, by the headers of 2.0; -1: the server does not tell
	doubt   bool         // an attempt before may have come through
}

const (
	firstPause = 100 * time.Millisecond
	longestOne = 10 * time.Second
	// maxReply is how much of an answer is read.
	maxReply = 64 << 10
	// maxMessage is how much of it is told.
	maxMessage = 300
)

// send posts a message until it is taken or refused. An error is that the
// server could not be made to answer, or that of ctx.
func (s *sender) send(ctx context.Context, body []byte, p Protocol) (answer, error) {
	began := time.Now()
	pause := firstPause
	waited := time.Duration(0)
	doubt := false
	for attempt := 0; ; attempt++ {
		a, after, err := s.attempt(ctx, body, p, attempt)
		if err == nil {
			a.doubt = doubt
			return a, nil
		}
		if ctx.Err() != nil {
			return answer{}, ctx.Err()
		}
		doubt = true
		next := max(after, pause*3/4+rand.N(pause/2)) // with jitter, and yet longer than the last
		spent := max(time.Since(began), waited)
		if spent+next > s.giveUp {
			if after > 0 && spent+pause <= s.giveUp {
				return answer{}, fmt.Errorf("%w; it asks to wait for %s, which is longer than is waited (%s)", err, after.Round(time.Second), s.giveUp)
			}
			return answer{}, fmt.Errorf("%w; tried %d times in %s", err, attempt+1, spent.Round(time.Second))
		}
		if s.retry != nil {
			s.retry(err, next)
		}
		s.retries++
		if err := s.wait(ctx, next); err != nil {
			return answer{}, err
		}
		waited += next
		pause = min(2*pause, longestOne)
	}
}

// attempt posts a message once. The error is one after which it may be posted
// again, after a time when the server named one.
func (s *sender) attempt(ctx context.Context, body []byte, p Protocol, attempt int) (a answer, after time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return a, 0, err
	}
	h := req.Header
	h.Set("Content-Encoding", "snappy")
	h.Set("User-Agent", s.agent)
	if attempt > 0 {
		h.Set("Retry-Attempt", strconv.Itoa(attempt))
	}
	if p == Version1 {
		h.Set("Content-Type", "application/x-protobuf")
		h.Set(versionHeader, "0.1.0")
	} else {
		h.Set("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request")
		h.Set(versionHeader, "2.0.0")
	}
	s.requests++
	s.bytes += int64(len(body))
	resp, err := s.client.Do(req)
	if err != nil {
		return a, 0, unnamed(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxReply)) // what there is of it
	a.written = -1
	if p == Version2 {
		a.written = written(resp.Header)
	}
	if resp.StatusCode/100 == 2 {
		return a, 0, nil
	}
	refusal := &StatusError{Code: resp.StatusCode, Message: firstWords(text)}
	if to := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && to != "" {
		refusal.Message = "it is redirected, which is not followed; the address may be " + withoutSecrets(to)
	}
	switch {
	case resp.StatusCode/100 == 5, resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusRequestTimeout:
		return a, retryAfter(resp.Header.Get("Retry-After"), time.Now()), refusal
	}
	a.refused = refusal
	return a, 0, nil
}

const versionHeader = "X-Prometheus-Remote-Write-Version"

// written adds up the samples that the headers of 2.0 tell; -1: there are none.
func written(h http.Header) int {
	n, told := 0, false
	for _, kind := range []string{"Samples", "Histograms", "Exemplars"} {
		v := h.Get("X-Prometheus-Remote-Write-" + kind + "-Written")
		if v == "" {
			continue
		}
		told = true
		if k, err := strconv.Atoi(v); err == nil && k > 0 && kind != "Exemplars" {
			n += k
		}
	}
	if !told {
		return -1
	}
	return n
}

// retryAfter reads that header: seconds or a date; 0 when it says neither.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// firstWords are the beginning of what a server said, in one line.
func firstWords(text []byte) string {
	if i := bytes.IndexByte(bytes.TrimSpace(text), '\n'); i >= 0 {
		text = bytes.TrimSpace(text)[:i]
	}
	line := strings.ToValidUTF8(strings.Join(strings.Fields(string(text)), " "), "\uFFFD")
	if len(line) > maxMessage {
		line = strings.ToValidUTF8(line[:maxMessage], "") + "…"
	}
	return line
}

// unnamed is an error of a client without the address, which may hold secrets.
func unnamed(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		if e.Timeout() {
			return fmt.Errorf("the server did not answer in time: %w", e.Err)
		}
		return e.Err
	}
	return err
}

// withoutSecrets is an address without its user, its query and its fragment.
func withoutSecrets(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(no address)"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, Opaque: ""}).String()
}

// sleep waits, or returns the error of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
