package lint

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// Options say how expositions are read and what is reported. The zero value
// reads what they show themselves to be, and reports all.
type Options struct {
	// Format is how a body is read; FormatUnknown: as what it shows itself to
	// be.
	Format expfmt.Format
	// Strict makes every violation of OpenMetrics' standard an error.
	Strict bool
	// MaxLine bounds a line, or a message of protobuf, in bytes; 0: as
	// expfmt.Options has it.
	MaxLine int
	// MaxBody bounds the body that CheckFile reads, in bytes once it is
	// decompressed; 0: 1 GiB. A capture has its own limit.
	MaxBody int64
	// Disable are ids of problems that are not reported.
	Disable []string
	// Allow are metrics that may break a rule of promtool's lint.
	Allow []expfmt.Exception
	// Workers is how many cores check a text, or the scrapes of a capture; 0:
	// as many as GOMAXPROCS says. The Result is the same with any number.
	Workers int
}

// CheckFile checks one exposition, the whole body, which may be compressed. The
// content type may be empty. An *expfmt.ContentError is returned beside the
// result, which has then Not set; other errors are of reading.
func CheckFile(name, contentType string, body []byte, o Options) (*Input, error) {
	in := &Input{Name: name, Families: map[string]bool{}}
	list, err := o.read(in, contentType, body, expfmt.Options{File: name, MaxBytes: o.MaxBody, Decompress: capture.Decompress})
	if ce := (*expfmt.ContentError)(nil); errors.As(err, &ce) {
		in.Not = ce.What()
	}
	in.Findings = list
	return in, err
}

// CheckCapture checks every scrape of a capture, and folds what is alike: of
// lint the findings of one rule and metric, else all of one id. Files are named
// below name. An *expfmt.ContentError is returned beside the result when
// no exposition is in it; other errors are of reading.
func CheckCapture(name string, c *capture.Capture, o Options) (*Input, error) {
	if c == nil {
		return nil, errors.New("lint: there is no capture to check")
	}
	return o.captured(&Input{Name: name, Capture: true, Families: map[string]bool{}}, c, func(s *capture.Scrape) string {
		return path.Join(name, s.File)
	})
}

// CheckScrapes checks what a file holds that is no exposition as it stands: the
// capture is of it alone. One scrape is checked as by CheckFile, several as by
// CheckCapture, and all places are in that file.
func CheckScrapes(name string, c *capture.Capture, o Options) (*Input, error) {
	if c == nil {
		return nil, errors.New("lint: there is no capture to check")
	}
	in := &Input{Name: name, Capture: c.Scrapes > 1, Families: map[string]bool{}}
	if in.Capture {
		return o.captured(in, c, func(*capture.Scrape) string { return name })
	}
	stream := c.Stream()
	if !stream.Next() {
		return in, fmt.Errorf("%s: %w", name, stream.Err())
	}
	s := stream.Scrape()
	if s.Failure != "" {
		return in, fmt.Errorf("%s: a failed scrape: %s", name, s.Failure)
	}
	list, err := o.scrape(in, name, s)
	in.Findings = list
	if err != nil {
		in.Not = err.Error()
		return in, notExposition(name, in.Not)
	}
	return in, nil
}

// scrape checks one of a capture. A scrape that is known to have failed, as an
// .err file tells, is no defect; the error says why it is no exposition.
func (o *Options) scrape(in *Input, file string, s *capture.Scrape) ([]*Finding, error) {
	switch {
	case s.Failure != "":
		in.Failed++
		return nil, nil
	case s.Err != nil:
		return nil, s.Err
	case s.Status != 0 && s.Status != http.StatusOK:
		return nil, fmt.Errorf("the answer of a failed scrape: HTTP status %d", s.Status)
	}
	list, err := o.read(in, contentType(s), s.Body, expfmt.Options{File: file, MaxBytes: -1})
	origin := s.Origin()
	for _, f := range list {
		if column := f.Column; f.Line > 0 {
			if origin.Move(&f.Problem, f.Protobuf); f.Column != column {
				f.Runes = 0 // who knows what stands before it
			}
		}
	}
	if ce := (*expfmt.ContentError)(nil); errors.As(err, &ce) {
		err = errors.New(ce.What())
	}
	return list, err
}

func contentType(s *capture.Scrape) string {
	if len(s.Header) == 0 && s.Target != nil { // nil for a dump
		return capture.ProtocolContentType(s.Target.FallbackScrapeProtocol)
	}
	return s.Header.Get("Content-Type")
}

// read reads and lints a body, and counts what is in it.
func (o *Options) read(in *Input, contentType string, body []byte, how expfmt.Options) ([]*Finding, error) {
	how.Format, how.Check, how.Strict, how.MaxLine = o.Format, true, o.Strict, o.MaxLine
	if list, ok := o.chunked(in, contentType, body, how, chunkSize); ok {
		return list, nil
	}
	return o.readWhole(in, contentType, body, how)
}

// readWhole reads and lints a body as a whole.
func (o *Options) readWhole(in *Input, contentType string, body []byte, how expfmt.Options) ([]*Finding, error) {
	s, err := expfmt.ReadBody(body, contentType, how)
	if err != nil {
		return nil, err
	}
	for _, f := range s.Families {
		if n := len(f.Samples) + len(f.Histograms); n > 0 {
			in.Samples += n
			in.Families[f.Name] = true
		}
	}
	list := o.judge(in, how.File, s, o.findings(s, how.File, 1))
	if len(s.Families) == 0 && slices.ContainsFunc(s.Problems, func(p expfmt.Problem) bool { return p.Done == "skipped" }) {
		return list, notExposition(how.File, "no line of it can be read")
	}
	return list, nil
}

func notExposition(name, what string) error {
	return &expfmt.ContentError{File: name, Content: expfmt.Content{Not: what}}
}

// findings are the problems of a snapshot and of its lint in the order of
// their places; first is the number of its text's first line.
func (o *Options) findings(s *expfmt.Snapshot, name string, first int) []*Finding {
	var list []*Finding
	lines := lineIndex{body: s.Text, before: first - 1}
	add := func(p expfmt.Problem, metric string) {
		f := &Finding{Problem: p, Metric: metric, Protobuf: s.Format == expfmt.FormatProtobuf, Count: 1}
		if !f.Protobuf && p.Line > 0 {
			lines.show(f)
		}
		list = append(list, f)
	}
	twice := map[int]bool{} // lines with a series that stands twice
	for _, p := range s.Problems {
		switch p.ID {
		case "duplicate-series":
			twice[p.Line] = true
		case "utf-16":
			lines.body = nil // places are those of the text in UTF-8
		}
		if p.Refused {
			p.Severity = expfmt.SeverityError
			p.Message += ": Prometheus refuses the whole scrape"
			if p.ID == "nul-byte" {
				p.Message += ", or reads nothing behind this byte"
			}
		}
		if !slices.Contains(o.Disable, p.ID) {
			add(p, "")
		}
	}
	for _, p := range expfmt.Lint(s, expfmt.LintOptions{File: name, Disable: o.Disable, Allow: o.Allow}) {
		if p.ID != "duplicate-metric" || !twice[p.Line] { // said once
			add(p, p.Text)
		}
	}
	slices.SortStableFunc(list, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}
