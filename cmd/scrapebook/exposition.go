package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// A source is a file that is one exposition, or a capture, whatever FILE or
// CAPTURE named.
type source struct {
	name        string
	capture     bool
	contentType string                  // if it is known
	raw         []byte                  // of what can be read only once, as it came
	open        func() (fs.File, error) // of what is a file
}

// maxHead is how much of a file tells an archive.
const maxHead = 512

// newSource looks at what an argument names. What it says of itself to read it
// whole comes later.
func newSource(cmd *cobra.Command, arg string, limit int64) (*source, error) {
	s := &source{name: arg}
	demoName, isDemo := strings.CutPrefix(arg, demoPrefix)
	switch {
	case arg == stdinName:
		if err := s.hold(cmd.InOrStdin(), limit); err != nil {
			return nil, fmt.Errorf("standard input: %w", err)
		}
	case isDemo:
		d, err := openDemo(demoName)
		if err != nil {
			return nil, err
		}
		s.capture, s.contentType = d.dir, d.contentType
		s.open = func() (fs.File, error) { return d.fsys.Open(d.path) }
	default:
		info, err := os.Stat(arg)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read: %w", arg, underlying(err))
		}
		s.capture = info.IsDir()
		s.open = func() (fs.File, error) { return os.Open(arg) }
		if !s.capture && !info.Mode().IsRegular() { // a pipe: <(curl …)
			f, err := os.Open(arg)
			if err == nil {
				err = s.hold(f, limit)
				f.Close()
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", arg, underlying(err))
			}
		}
	}
	if s.capture {
		return s, nil
	}
	head, err := s.head()
	if err != nil {
		return nil, err
	}
	what := expfmt.Detect("", head).Not
	s.capture = strings.HasSuffix(what, "archive")
	return s, nil
}

// underlying drops the path from an error that names it already.
func underlying(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// hold keeps what can be read only once.
func (s *source) hold(r io.Reader, limit int64) (err error) {
	limit = cmp.Or(limit, capture.DefaultMaxBody)
	s.raw, err = io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(s.raw)) > limit {
		err = tooLarge(fmt.Errorf("%w: more than %d bytes", capture.ErrBodyTooLarge, limit))
	}
	return err
}

// tooLarge names the flag in an error about the limit.
func tooLarge(err error) error {
	if errors.Is(err, capture.ErrBodyTooLarge) {
		return fmt.Errorf("%w; --max-file sets how many there may be", err)
	}
	return err
}

// body reads a source that is no capture, as it is.
func (s *source) body(limit int64) ([]byte, error) {
	if s.raw != nil {
		return s.raw, nil
	}
	limit = cmp.Or(limit, capture.DefaultMaxBody)
	file, err := s.open()
	if err != nil {
		return nil, s.failed(underlying(err))
	}
	defer file.Close()
	var b bytes.Buffer
	if info, err := file.Stat(); err == nil {
		b.Grow(int(min(info.Size(), limit)) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(io.LimitReader(file, limit+1)); err != nil {
		return nil, s.failed(underlying(err))
	}
	if int64(b.Len()) > limit {
		return nil, s.failed(s.tooLong(limit))
	}
	return b.Bytes(), nil
}

// tooLong says what is wrong with a file of more than limit bytes.
func (s *source) tooLong(limit int64) error {
	err := s.read(limit, func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
	return cmp.Or(err, fmt.Errorf("%w: more than %d bytes before decompression", capture.ErrBodyTooLarge, limit))
}

// failed names the source in an error, and the flag in one about the limit.
// What a source is when it is no exposition says both itself.
func (s *source) failed(err error) error {
	if err == nil || errors.As(err, new(*expfmt.ContentError)) {
		return err
	}
	return fmt.Errorf("%s: %w", s.name, tooLarge(err))
}

// head reads the first bytes of a source, decompressed.
func (s *source) head() (head []byte, err error) {
	err = s.read(0, func(r io.Reader) (err error) {
		head, err = io.ReadAll(io.LimitReader(r, maxHead))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return head, nil
}

// read gives f what a source holds, decompressed.
func (s *source) read(limit int64, f func(io.Reader) error) error {
	src := s.again()
	if s.open != nil {
		file, err := s.open()
		if err != nil {
			return underlying(err)
		}
		defer file.Close()
		src = file
	}
	r, err := capture.Decompress(src, limit)
	if err != nil {
		return err
	}
	return f(r)
}

// again gives what can be read only once from its start.
func (s *source) again() io.Reader { return bytes.NewReader(s.raw) }

// within opens a file as a capture when its body is no exposition as it
// stands, and says what was taken off around it; nil when it is one. Times do
// not count.
func (f *captureFlags) within(cmd *cobra.Command, src *source, body []byte) (*capture.Capture, error) {
	if src.contentType != "" || capture.Stands(body, int64(f.maxFile)) {
		return nil, nil
	}
	opts, err := f.options(cmd)
	if err != nil {
		return nil, err
	}
	opts.Untimed = true
	arg := src.name
	if src.raw != nil {
		cmd.SetIn(src.again())
		arg = stdinName
	}
	c, err := openCapture(cmd, []string{arg}, opts)
	if err != nil {
		return nil, err
	}
	if len(c.Targets) == 0 {
		return nil, fmt.Errorf("%s holds samples with times and labels of their own, and no exposition of a target: 'scrapebook query %s EXPR' asks for them", src.name, src.name)
	}
	if sayContent(cmd, src.name, c) == 0 && c.Scrapes == 1 {
		say(cmd.ErrOrStderr(), "%s: what stands around the text is taken off", src.name)
	}
	return c, nil
}

// sayContent says how a file was read whose text does not stand by itself, and
// returns how many things it said.
func sayContent(cmd *cobra.Command, name string, c *capture.Capture) (said int) {
	for _, p := range c.Problems {
		if ofContent[p.ID] {
			say(cmd.ErrOrStderr(), "%s: %s", name, p.Message)
			said++
		}
	}
	return said
}

// ofContent are the problems of a capture that say how a file was read.
var ofContent = map[string]bool{
	"text-unwrapped": true, "curl-progress": true, "targets-in-file": true, "samples-left-out": true,
	"scrape-without-time": true, "exposition-repeats": true, "utf-16": true,
}
