package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// fetchTimeout is how long an answer may take, as a Prometheus server's
// scrape_timeout is by default.
const fetchTimeout = 10 * time.Second

func isURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// fetch asks a URL for metrics. Its errors hold no password of the URL.
func fetch(ctx context.Context, address string, format expfmt.Format, limit int64) (body []byte, contentType string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", errors.New("this is no URL: it is written as http://localhost:9100/metrics")
	}
	limit = cmp.Or(limit, capture.DefaultMaxBody)
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", u.Redacted(), err)
	}
	req.Header.Set("Accept", format.MediaType())
	res, err := http.DefaultClient.Do(req)
	if ue := (*url.Error)(nil); errors.As(err, &ue) {
		err = ue.Err
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", u.Redacted(), err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		err = fmt.Errorf("%s: %w", u.Redacted(), err)
	case res.StatusCode != http.StatusOK:
		err = fmt.Errorf("%s answers %s: %.200q", u.Redacted(), res.Status, body)
	case int64(len(body)) > limit:
		err = fmt.Errorf("%s: %w", u.Redacted(), tooLarge(fmt.Errorf("%w: more than %d bytes", capture.ErrBodyTooLarge, limit)))
	}
	return body, res.Header.Get("Content-Type"), err
}
