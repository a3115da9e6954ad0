package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// openPair opens two files with one scrape each as the capture of one target,
// the newer one's.
func (f *captureFlags) openPair(cmd *cobra.Command, older, newer string) (*capture.Capture, error) {
	var scrapes [2]capture.Scrape
	for i, arg := range []string{newer, older} {
		c, err := f.open(cmd, arg)
		if err != nil {
			return nil, err
		}
		if c.Scrapes != 1 {
			return nil, fmt.Errorf("%s holds %d scrapes: name the file of one, or one capture alone", arg, c.Scrapes)
		}
		s, err := goodScrape(arg, c)
		if err != nil {
			return nil, err
		}
		if guessed(c) && f.timeFrom == "" {
			return nil, fmt.Errorf("%s: its time is not known, and a rate needs it: rename it to TIME.prom, with TIME as Unix seconds or 2026-11-21T07-10-00Z, or accept the file's modification time with --time-from mtime", arg)
		}
		scrapes[i] = *s // whose stream ends here, so that the body stays
	}
	opts, err := f.options(cmd)
	if err != nil {
		return nil, err
	}
	c, err := capture.Pair(&scrapes[1], &scrapes[0], older+" → "+newer, opts)
	if _, ok := errors.AsType[*capture.OrderError](err); ok {
		return nil, fmt.Errorf("%s was not scraped before %s: OLD comes before NEW, with different times", older, newer)
	}
	return c, err
}
