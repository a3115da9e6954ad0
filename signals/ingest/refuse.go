package ingest

import (
	"fmt"
	"mime"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// refuse finds out whether s is a scrape that a server would have counted as
// failed before reading a line of it, and says why. Otherwise it says how to
// read the body, in d.format.
func (d *decoded) refuse(conf *settings, s *capture.Scrape) string {
	bad := func(id, msg string) string {
		d.mark(Problem{ID: id, Severity: expfmt.SeverityError, Message: msg})
		return msg
	}
	if s.Err != nil {
		return bad("unreadable-scrape", s.Err.Error())
	}
	if s.Failure != "" {
		return s.Failure // recorded when it was saved: no defect of the file
	}
	if s.Status != 0 && s.Status != 200 {
		return bad("http-status", fmt.Sprintf("the target answered HTTP status %d", s.Status))
	}
	if limit := conf.bodySizeLimit; limit > 0 && int64(len(s.Body)) >= limit {
		d.bytes = -1
		return bad("body-size-limit", fmt.Sprintf("a body of %d bytes, where body_size_limit is %d: Prometheus takes what is smaller", len(s.Body), limit))
	}
	d.bytes = float64(len(s.Body))
	if len(s.Body) == 0 {
		if s.Status == 200 {
			return ""
		}
		return bad("empty-scrape", "an empty file, counted as a failed scrape: "+
			"only headers with status 200 beside it could tell an empty answer from none")
	}
	declared := s.Header.Get("Content-Type")
	contentType := declared
	strange := s.Header != nil && !acceptable(declared)
	switch {
	case strange && conf.earlier:
		contentType, strange = earlierType(declared), false
	case strange && conf.fallback != "":
		contentType, strange = conf.fallback, false
	}
	if len(s.Header) == 0 && !(conf.earlier && s.Header != nil) && conf.fallback != capture.ProtocolContentType("PrometheusProto") {
		contentType = conf.fallback // "" when nothing is said: the text tells
	}
	content := expfmt.Detect(contentType, s.Body)
	switch {
	case content.Not != "":
		return bad("not-exposition", "not an exposition: "+content.Not)
	case content.Compression != "":
		return bad("not-exposition", "not an exposition: "+content.Compression+" inside the compression of the file")
	case strange && declared == "":
		return bad("content-type", "the target declared no Content-Type, which Prometheus refuses to parse unless fallback_scrape_protocol says how")
	case strange:
		return bad("content-type", fmt.Sprintf("the target declared Content-Type %q, which Prometheus refuses to parse unless fallback_scrape_protocol says how", declared))
	}
	d.format, d.origin = content.Format, s.Origin()
	return ""
}

// earlierType is how Prometheus 2 read a body of a Content-Type that Prometheus
// 3 refuses (textparse.New of v0.55.1): it looked at no version, and took all
// that it did not know for text.
func earlierType(declared string) string {
	if mediaType, _, err := mime.ParseMediaType(declared); err == nil && mediaType == "application/openmetrics-text" {
		return mediaType
	}
	return "text/plain"
}

// acceptable tells whether a server without fallback_scrape_protocol would
// parse a body of this Content-Type (textparse.New). That headers were not
// saved at all is no fault of the target; a saved block that has none is.
func acceptable(contentType string) bool {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch mediaType {
	case "text/plain", "application/vnd.google.protobuf":
		return true
	case "application/openmetrics-text":
		return params["version"] != "2.0.0"
	}
	return false
}
