package expfmt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"pgregory.net/rapid"
)

// serverRefuses is whether a server takes the scrape: what its parser says, and
// what its scrape loop and head ask of a series (scrape.go v0.316.0, append).
func (o *oracle) serverRefuses(in []byte, om bool) error {
	var p textparse.Parser
	if om {
		p = textparse.NewOpenMetricsParser(in, o.st)
	} else {
		p = textparse.NewPromParser(in[:len(in):len(in)], o.st, false)
	}
	for {
		e, err := p.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if e != textparse.EntrySeries {
			continue
		}
		var ls labels.Labels
		p.Labels(&ls)
		ls = labels.NewBuilder(ls).Labels() // as mutateSampleLabels drops empty ones
		dup, twice := ls.HasDuplicateLabelNames()
		switch {
		case !ls.Has(model.MetricNameLabel):
			return errors.New("no name")
		case !ls.IsValid(model.UTF8Validation):
			return errors.New("invalid name")
		case twice:
			return errors.New("twice: " + dup)
		}
	}
}

// checkRefused returns what is wrong: Problem.Refused is to stand at some
// problem exactly when a server refuses the text.
func (o *oracle) checkRefused(t testing.TB, in []byte, om bool) (refused bool) {
	t.Helper()
	err := o.serverRefuses(in, om)
	var first *Problem
	overLines := false
	o.r.Reset(in, optionsOf(om))
	for o.r.Next() {
		if o.r.Kind() != KindProblem {
			continue
		}
		p := *o.r.Problem()
		if p.Refused && first == nil {
			first = &p
		}
		// Quoted names in metadata may go on over lines upstream.
		overLines = overLines || p.ID == "unterminated-quote"
	}
	switch nul := bytes.IndexByte(in, 0) >= 0; {
	case err != nil && first == nil:
		t.Errorf("%q (openmetrics: %v): a server refuses: %v, and no problem says so", in, om, err)
	case err == nil && first != nil && !nul && !overLines:
		t.Errorf("%q (openmetrics: %v): a server takes it, but %v is refused", in, om, first)
	}
	return err != nil
}

// refusedCases are the kinds of text that were thought to be harmless.
var refusedCases = []struct {
	name, reason, in string
	om               bool
	want             string // line:column id of the first that is refused
}{
	{"CRLF within a type", "AppMetrics/Prometheus#20: the type is summary and a carriage return", "# HELP x\r\n# TYPE x summary\r\nx_sum 1\r\n", false, "2:17 crlf"},
	{"CRLF at a value", "weblogic-monitoring-exporter#16", "x 1\r\n", false, "1:4 crlf"},
	{"CRLF at a blank line", "a blank line is one of blanks alone", "x 1\n\r\n", false, "2:1 crlf"},
	{"CRLF in HELP and comments", "any byte stands there", "# hi\r\n# HELP x y\r\nx 1\n", false, ""},
	{"a type of OpenMetrics", "opentelemetry-java#5693: info", "# TYPE target info\ntarget_info 1\n", false, "1:15 foreign-type"},
	{"unknown", "the word of OpenMetrics for untyped", "# TYPE a unknown\na 1\n", false, "1:10 foreign-type"},
	{"a type in capitals", "words are compared as they are", "# TYPE a Counter\na 1\n", false, "1:10 unknown-type"},
	{"a blank behind a type", "the type is counter and a blank", "# TYPE a counter \na 1\n", false, "1:10 trailing-blank"},
	{"a byte order mark", "Windows editors", "\ufeffa 1\n", false, "1:1 byte-order-mark"},
	{"_ in a number", "Go's grammar of numbers has it", "a 1_0\n", false, "1:3 foreign-number"},
	{"an exemplar in text", "only OpenMetrics has them", "a 1 # {t=\"1\"} 1\n", false, "1:5 text-exemplar"},
	{"a dash behind HELP's name", "the help of a", "# HELP a-b c\na 1\n", false, ""},
	{"a dash behind TYPE's name", "one byte may be any, and the type follows", "# TYPE a-counter\na 1\n", false, ""},
	{"a dashed name of TYPE", "b counter is no type", "# TYPE a-b counter\na 1\n", false, "1:9 bad-metadata"},
	{"a label twice", "the head refuses", "a{b=\"1\",b=\"2\"} 1\n", false, "1:9 duplicate-label"},
	{"a label twice, once empty", "every label of the name is dropped as empty", "a{b=\"1\",b=\"\"} 1\n", false, ""},
	{"no commas, odd escapes", "textparse reads them", "a{b=\"\\d\"c=\"2\"} 1\n", false, ""},
	{"metadata twice", "textparse knows no families", "# HELP a b\n# HELP a c\n# TYPE a gauge\n# TYPE a counter\na 1\n", false, ""},
	{"OpenMetrics without its end", "the server says so by itself", "a 1\n", true, "2:1 no-eof"},
	{"a comment in OpenMetrics", "its lexer has none", "# hi\na 1\n# EOF\n", true, "1:1 openmetrics-comment"},
	{"a label of an exemplar twice", "the exemplar alone is dropped", "# TYPE a counter\na_total 1 # {t=\"1\",t=\"2\"} 1\n# EOF\n", true, ""},
}

// TestRefusedTable holds rows against what they say and against a server.
func TestRefusedTable(t *testing.T) {
	o := newOracle()
	for _, tc := range refusedCases {
		got := ""
		o.r.Reset([]byte(tc.in), optionsOf(tc.om))
		for o.r.Next() && got == "" {
			if o.r.Kind() == KindProblem && o.r.Problem().Refused {
				got = fmt.Sprintf("%d:%d %s", o.r.Problem().Line, o.r.Problem().Column, o.r.Problem().ID)
			}
		}
		if got != tc.want {
			t.Errorf("%s (%s): %q, want %q", tc.name, tc.reason, got, tc.want)
		}
		if refused := o.checkRefused(t, []byte(tc.in), tc.om); refused != (tc.want != "") {
			t.Errorf("%s: a server refuses: %v", tc.name, refused)
		}
	}
}

// TestRefusedMutations damages every row at every place.
func TestRefusedMutations(t *testing.T) {
	const bytesThatMean = " \t\n\r\"\\{}=,#:+-._0aeEnx\x00\x80\xc3"
	o := newOracle()
	refused, taken := 0, 0
	check := func(in string, om bool) {
		if o.checkRefused(t, []byte(in), om) {
			refused++
		} else {
			taken++
		}
	}
	rows := textCases
	for _, tc := range refusedCases {
		rows = append(rows, textCase{in: tc.in, om: tc.om})
	}
	every := 1
	if testing.Short() {
		every = 4
	}
	for _, tc := range rows {
		check(tc.in, tc.om)
		for i := range tc.in {
			if t.Failed() {
				return
			}
			if (len(tc.in)-i)%every > 0 {
				continue
			}
			check(tc.in[:i], tc.om)
			check(tc.in[:i]+tc.in[i+1:], tc.om)
			for _, c := range []byte(bytesThatMean) {
				check(tc.in[:i]+string([]byte{c})+tc.in[i+1:], tc.om)
				check(tc.in[:i]+string([]byte{c})+tc.in[i:], tc.om)
			}
		}
	}
	t.Logf("%d texts are refused, %d taken", refused, taken)
	if refused < 3000/every || taken < 3000/every {
		t.Errorf("only %d texts are refused, %d taken", refused, taken)
	}
}

// TestRefusedGenerated asks the same of drawn texts.
func TestRefusedGenerated(t *testing.T) {
	o := newOracle()
	for _, om := range []bool{false, true} {
		rapid.Check(t, func(rt *rapid.T) {
			o.checkRefused(t, []byte(body(om).Draw(rt, "body")), om)
		})
	}
}
