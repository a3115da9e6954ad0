package expfmt

import (
	"fmt"
	"unicode/utf8"
)

// maxExemplarRunes is how many characters the names and values of an
// exemplar's labels have: OpenMetrics 1.0, Exemplars.
const maxExemplarRunes = 128

// strictExemplar: Exemplars, Counter, Histogram. They stand at totals and
// buckets alone, and lie within the bucket.
func (c *checker) strictExemplar(s *Sample, suffix string) {
	at := c.exemplarAt(s)
	switch t := c.fam.typ; {
	case t == TypeCounter && suffix == "_total":
	case (t == TypeHistogram || t == TypeGaugeHistogram) && suffix == "_bucket":
		if text, ok := s.Labels.Get("le"); ok {
			if bound, how := parseFloat(bytesOf(text)); how == floatPlain && s.Exemplar.Value > bound {
				c.note(at, "foreign-exemplar", fmt.Sprintf("the exemplar %g is not in the bucket, which ends at %g", s.Exemplar.Value, bound))
			}
		}
	default:
		c.note(at, "misplaced-exemplar", "an exemplar at another sample than the total of a counter or a bucket")
	}
	runes := 0
	for _, l := range s.Exemplar.Labels {
		runes += utf8.RuneCountInString(l.Name) + utf8.RuneCountInString(l.Value)
	}
	if runes > maxExemplarRunes {
		c.note(at, "long-exemplar", fmt.Sprintf("the labels of the exemplar have %d characters, more than %d", runes, maxExemplarRunes))
	}
}

// exemplarAt returns where the # stands: behind the series, value and time
// have none.
func (c *checker) exemplarAt(s *Sample) int {
	at := s.Column - 1 + len(s.Series)
	b := c.r.w.buf[c.r.w.lo:c.r.w.hi]
	for at < len(b) && b[at] != '#' {
		at++
	}
	return at
}
