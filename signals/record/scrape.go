package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// An answer is what a scrape came to.
type answer struct {
	failure string      // why it failed; "" for one that did not
	header  http.Header // nil when there was no answer
	status  string      // such as HTTP/1.1 200 OK
	bytes   int64       // of the body, decompressed
	body    bool        // all of it is in the file
	lost    error       // the body could not be saved
}

// maxFailureBody bounds the body of an answer that is none to a scrape.
const maxFailureBody = 1 << 20

// scrape asks a target and copies the body to a file that open makes.
func scrape(ctx context.Context, client *http.Client, t *Target, timeout time.Duration, limit int64, open func() (io.Writer, error)) answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.URL, nil)
	if err != nil {
		return answer{failure: reason(err)}
	}
	req.Header.Set("Accept", t.Request.Accept())
	req.Header.Set("Accept-Encoding", t.Request.acceptEncoding())
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", strconv.FormatFloat(timeout.Seconds(), 'f', -1, 64))
	res, err := client.Do(req)
	if err != nil {
		return answer{failure: failed(ctx, err, timeout)}
	}
	defer res.Body.Close()
	a := answer{header: res.Header, status: res.Proto + " " + res.Status}
	if res.StatusCode != http.StatusOK {
		a.failure = "server returned HTTP status " + res.Status
		limit = min(limit, maxFailureBody)
	}
	out, err := open()
	if err != nil {
		a.lost = err
		return a
	}
	n, lost, err := copyBody(out, res, limit)
	a.bytes, a.lost, a.body = n, lost, lost == nil && err == nil
	if err != nil && a.failure == "" {
		a.failure = failed(ctx, err, timeout)
	}
	return a
}

// copyBody copies a body without its Content-Encoding. Lost is an error of
// writing.
func copyBody(w io.Writer, res *http.Response, limit int64) (n int64, lost, err error) {
	var body io.Reader = res.Body
	if strings.EqualFold(res.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(res.Body)
		if err == io.EOF {
			return 0, nil, nil // of an empty body there is nothing to take off
		}
		if err != nil {
			return 0, nil, err
		}
		body = z
	}
	out := &counted{w: w}
	_, err = io.Copy(out, io.LimitReader(body, limit+1))
	switch {
	case out.err != nil:
		return out.n, out.err, nil
	case err != nil:
		return out.n, nil, err
	case out.n > limit:
		return out.n, nil, fmt.Errorf("body size limit exceeded: more than %d bytes", limit)
	}
	return out.n, nil, nil
}

// counted tells errors of writing from those of reading.
type counted struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.err = err
	return n, err
}

// failed is why a scrape failed.
func failed(ctx context.Context, err error, timeout time.Duration) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Sprintf("no whole answer within %s: context deadline exceeded", timeout)
	}
	return reason(err)
}

// reason is the text of an error without the URL, which may hold secrets.
func reason(err error) string {
	for {
		ue := (*url.Error)(nil)
		if !errors.As(err, &ue) {
			return strings.Join(strings.Fields(err.Error()), " ")
		}
		err = ue.Err
	}
}
