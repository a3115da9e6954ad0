package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// guessedTime are the problems of a capture that say that a lone scrape's time
// was not known.
var guessedTime = map[string]bool{"time-from-mtime": true, "time-from-clock": true, "time-from-archive": true}

// readScrape reads the first scrape of a capture, and says how large its body
// is. The time is zero when it was only guessed.
func (f *captureFlags) readScrape(arg string, c *capture.Capture) (scrape signals.Scrape, size int, err error) {
	s, err := goodScrape(arg, c)
	if err != nil {
		return scrape, 0, err
	}
	scrape, err = f.readSaved(arg, s, guessed(c))
	return scrape, len(s.Body), err
}

// readSaved reads a scrape that did not fail, which messages call name. Its
// time is zero when it was only guessed. What holds no exposition is an error.
func (f *captureFlags) readSaved(name string, s *capture.Scrape, guessed bool) (scrape signals.Scrape, err error) {
	snapshot, err := expfmt.ReadBody(s.Body, s.Header.Get("Content-Type"), expfmt.Options{File: s.File, MaxLine: int(f.maxLine), MaxBytes: -1})
	switch ce := (*expfmt.ContentError)(nil); {
	case errors.As(err, &ce):
		ce.File = name
		return scrape, err
	case err != nil:
		return scrape, fmt.Errorf("%s: %w", name, err)
	}
	for i := range snapshot.Problems {
		s.Origin().Move(&snapshot.Problems[i], snapshot.Format == expfmt.FormatProtobuf)
	}
	if bad := errorsOf(snapshot); len(bad) > 0 {
		switch {
		case f.onDamage == "fail":
			return scrape, fmt.Errorf("%s: a failed scrape, with --on-damage fail: %s", name, terminal.ProblemLine(bad[0]))
		case nothingRead(snapshot, len(bad)):
			return scrape, fmt.Errorf("%s is no exposition: %d lines cannot be read, the first: %s", name, len(bad), terminal.ProblemLine(bad[0]))
		}
	}
	scrape.Snapshot = snapshot
	if !guessed {
		scrape.Time = time.UnixMilli(s.Time).UTC()
	}
	return scrape, nil
}

// nothingRead tells whether a text is no exposition: it has no metadata, and
// fewer lines that could be read, perhaps by accident, than could not.
func nothingRead(s *expfmt.Snapshot, bad int) bool {
	good := 0
	for _, f := range s.Families {
		if f.Type != expfmt.TypeUnknown || f.Help != "" {
			return false
		}
		good += len(f.Samples) + len(f.Histograms)
	}
	return good < bad
}

// errorsOf are the problems for which a line was lost.
func errorsOf(s *expfmt.Snapshot) []expfmt.Problem {
	return slices.DeleteFunc(slices.Clone(s.Problems), func(p expfmt.Problem) bool { return p.Severity != expfmt.SeverityError })
}

// goodScrape returns the first scrape of a capture, if it is none that a server
// would have counted as failed before reading it.
func goodScrape(arg string, c *capture.Capture) (*capture.Scrape, error) {
	stream := c.Stream()
	if !stream.Next() {
		return nil, cmp.Or(stream.Err(), errors.New("the capture holds no scrape"))
	}
	s := stream.Scrape()
	if s.Err != nil {
		return nil, fmt.Errorf("%s: %w", arg, s.Err)
	}
	if why := failure(s); why != "" {
		return nil, fmt.Errorf("%s: a failed scrape: %s", arg, why)
	}
	return s, nil
}

// failure says why a server would have counted a scrape as failed before
// reading it, or "".
func failure(s *capture.Scrape) string {
	switch {
	case s.Err != nil:
		return s.Err.Error()
	case s.Failure != "":
		return s.Failure
	case s.Status != 0 && s.Status != 200:
		return fmt.Sprintf("HTTP status %d", s.Status)
	}
	return ""
}

// guessed tells whether the time of a lone scrape was not known.
func guessed(c *capture.Capture) bool {
	return slices.ContainsFunc(c.Problems, func(p capture.Problem) bool { return guessedTime[p.ID] })
}

// sayDamage names what could not be read of a scrape.
func sayDamage(cmd *cobra.Command, arg string, s *expfmt.Snapshot) {
	if lost := errorsOf(s); len(lost) > 0 {
		say(cmd.ErrOrStderr(), "%s: %d lines could not be read, the first: %s", arg, len(lost), terminal.ProblemLine(lost[0]))
	}
}
