package expfmt

import (
	"fmt"
	"io"
)

// Write writes s in the format f: text 0.0.4, with the quoted names of 1.0.0
// where a name needs them; OpenMetrics 1.0 as a strict reader takes it; or
// protobuf, each MetricFamily after its length. FormatUnknown is text.
//
// The order is that of [Snapshot.Sort]; labels stand by name, le and quantile
// last. Floats are written as Go programs write them, with as few digits as
// give the same number back. OpenMetrics' seconds are those from which the
// arithmetic of Prometheus makes the same millisecond.
//
// A Snapshot that f cannot hold whole is a *[FormatError], and then nothing is
// written; [Convert] gives what can be. All else is an error of w. Problems of
// s are no part of what is written.
func Write(w io.Writer, s *Snapshot, f Format) error {
	c, lost := Convert(s, f)
	if len(lost) > 0 {
		return &FormatError{c.Format, lost}
	}
	return c.write(w)
}

// A FormatError says what a format cannot hold of a Snapshot.
type FormatError struct {
	Format   Format
	Problems []Problem // at least one, as Convert describes them
}

// Error names the first thing.
func (e *FormatError) Error() string {
	p := e.Problems[0]
	text := fmt.Sprintf("cannot be written as %s: ", e.Format)
	if p.Line > 0 {
		text += fmt.Sprintf("%d:%d: ", p.Line, p.Column)
	}
	text += fmt.Sprintf("%s [%s]", p.Message, p.ID)
	if n := len(e.Problems) - 1; n > 0 {
		text += fmt.Sprintf(", and %d more", n)
	}
	return text
}

// chunk is how many bytes are gathered before they are written.
const chunk = 64 << 10

// write writes what Convert made.
func (s *Snapshot) write(w io.Writer) error {
	b := make([]byte, 0, chunk+4096)
	flush := func(limit int) error {
		if len(b) < limit || len(b) == 0 {
			return nil
		}
		_, err := w.Write(b)
		b = b[:0]
		return err
	}
	for _, f := range s.Families {
		if s.Format == FormatProtobuf {
			b = appendProto(b, f)
		} else {
			b = appendMetadata(b, f, s.Format)
			for i := range f.Samples {
				b = appendSample(b, f, &f.Samples[i], s.Format)
				if err := flush(chunk); err != nil {
					return err
				}
			}
		}
		if err := flush(chunk); err != nil {
			return err
		}
	}
	if s.Format == FormatOpenMetrics {
		b = append(b, "# EOF\n"...)
	}
	return flush(0)
}
