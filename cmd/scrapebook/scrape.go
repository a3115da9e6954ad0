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

// openScrape reads the one scrape that an argument names.
func (f *captureFlags) openScrape(cmd *cobra.Command, arg string) (signals.Scrape, error) {
	c, err := f.open(cmd, arg)
	if err != nil {
		return signals.Scrape{}, err
	}
	if c.Scrapes != 1 {
		return signals.Scrape{}, fmt.Errorf("%s holds %d scrapes: name the file of one", arg, c.Scrapes)
	}
	s, _, err := f.readScrape(arg, c)
	if err == nil {
		sayDamage(cmd, arg, s.Snapshot)
	}
	return s, err
}

// readScrape reads the first scrape of a capture, and says how large its body
// is. The time is zero when it was only guessed.
func (f *captureFlags) readScrape(arg string, c *capture.Capture) (scrape signals.Scrape, size int, err error) {
	s, err := goodScrape(arg, c)
	if err != nil {
		return scrape, 0, err
	}
	snapshot, err := expfmt.ReadBody(s.Body, s.Header.Get("Content-Type"), expfmt.Options{File: s.File, MaxLine: int(f.maxLine), MaxBytes: -1})
	switch ce := (*expfmt.ContentError)(nil); {
	case errors.As(err, &ce):
		ce.File = arg
		return scrape, 0, err
	case err != nil:
		return scrape, 0, fmt.Errorf("%s: %w", arg, err)
	}
	for i := range snapshot.Problems {
		p := &snapshot.Problems[i]
		p.Line, p.Column = s.Place(p.Line, p.Column, snapshot.Format == expfmt.FormatProtobuf)
	}
	if f.onDamage == "fail" {
		for _, p := range snapshot.Problems {
			if p.Severity == expfmt.SeverityError {
				return scrape, 0, fmt.Errorf("%s: a failed scrape, with --on-damage fail: %s", arg, terminal.ProblemLine(p))
			}
		}
	}
	at := time.UnixMilli(s.Time).UTC()
	if guessed(c) {
		at = time.Time{}
	}
	return signals.Scrape{Snapshot: snapshot, Time: at}, len(s.Body), nil
}

// goodScrape returns the first scrape of a capture, if it is none that a server
// would have counted as failed before reading it.
func goodScrape(arg string, c *capture.Capture) (*capture.Scrape, error) {
	stream := c.Stream()
	if !stream.Next() {
		return nil, cmp.Or(stream.Err(), errors.New("the capture holds no scrape"))
	}
	s := stream.Scrape()
	switch {
	case s.Err != nil:
		return nil, fmt.Errorf("%s: %w", arg, s.Err)
	case s.Failure != "":
		return nil, fmt.Errorf("%s: a failed scrape: %s", arg, s.Failure)
	case s.Status != 0 && s.Status != 200:
		return nil, fmt.Errorf("%s: a failed scrape: HTTP status %d", arg, s.Status)
	}
	return s, nil
}

// guessed tells whether the time of a lone scrape was not known.
func guessed(c *capture.Capture) bool {
	return slices.ContainsFunc(c.Problems, func(p capture.Problem) bool { return guessedTime[p.ID] })
}

// sayDamage names what could not be read of a scrape.
func sayDamage(cmd *cobra.Command, arg string, s *expfmt.Snapshot) {
	if lost := slices.DeleteFunc(slices.Clone(s.Problems), func(p expfmt.Problem) bool { return p.Severity != expfmt.SeverityError }); len(lost) > 0 {
		say(cmd.ErrOrStderr(), "%s: %d lines could not be read, the first: %s", arg, len(lost), terminal.ProblemLine(lost[0]))
	}
}
