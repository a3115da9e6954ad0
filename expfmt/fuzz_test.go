package expfmt

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	unicode16 "golang.org/x/text/encoding/unicode"
)

// FuzzReader holds for any bytes: the Reader and upstream's parser read a text
// to the same records unless a problem says so; a stream gives what the bytes
// give, at any size of the buffer; the fast reading gives what the thorough
// one gives; and all places are inside the text.
func FuzzReader(f *testing.F) {
	for _, tc := range slices.Concat(textCases, headCases) {
		f.Add([]byte(tc.in), tc.om)
	}
	f.Add(madeUpBody(20), false)
	for _, tc := range hostileTexts {
		f.Add([]byte(tc.make(20)), false)
	}
	f.Fuzz(func(t *testing.T, in []byte, om bool) {
		if err := newOracle().check(in, om); err != nil {
			t.Errorf("%q: %v", in, err)
		}
		opts := optionsOf(om)
		checkStream(t, in, opts)
		checkThorough(t, in, opts)
		checkPlaces(t, in, opts)
		opts.MaxLine = 10
		checkStream(t, in, opts)
		checkThorough(t, in, opts)
		checkPlaces(t, in, opts)
		if s, err := Read(bytes.NewReader(in), opts); err != nil || s == nil {
			t.Errorf("Read: %v", err)
		}
	})
}

// checkPlaces holds that every place lies in the text, or just behind a
// line's last byte, that samples and metadata rise, and what Sample promises.
func checkPlaces(t *testing.T, in []byte, opts Options) {
	t.Helper()
	r := NewBytesReader(in, opts)
	if order, ok := utf16Order(in); ok {
		in, _ = unicode16.UTF16(order, unicode16.UseBOM).NewDecoder().Bytes(in)
	}
	lines := bytes.Split(in, newline)
	inside := func(line, column int) bool {
		return line >= 1 && line <= len(lines) && column >= 1 && column <= len(lines[line-1])+1
	}
	last := 0
	for r.Next() {
		line, column := r.Metadata().Line, r.Metadata().Column
		switch r.Kind() {
		case KindProblem:
			p := r.Problem()
			if strings.ContainsFunc(p.Message, unprintable) {
				t.Errorf("%q: the message has what does not print: %q", in, p.Message)
			}
			if !inside(p.Line, p.Column) || ids[p.ID].Severity != p.Severity && !(r.strict && ids[p.ID].Strict && p.Severity == SeverityError) || len(p.Text) > maxProblemText {
				t.Errorf("%q: problem %+v", in, p)
			}
			if !bytes.HasPrefix(in[offset(lines, p.Line)+p.TextOffset:], []byte(p.Text)) && r.lines > 0 {
				t.Errorf("%q: the problem's text is not its line: %+v", in, p)
			}
			checkCaret(t, p)
			continue
		case KindSample:
			s := r.Sample()
			line, column = s.Line, s.Column
			if s.Name == "" || s.Value != s.Value && formatValue(s.Value) != "NaN" {
				t.Errorf("%q: sample %+v", in, s)
			}
			seen := map[string]bool{"__name__": true, "": true}
			for _, l := range s.Labels {
				if seen[l.Name] {
					t.Errorf("%q: sample %+v", in, s)
				}
				seen[l.Name] = true
			}
			if c := s.Clone(); !cmp.Equal(c, s, cmpopts.EquateNaNs()) {
				t.Errorf("%q: the clone is %+v, of %+v", in, c, s)
			}
		}
		if !inside(line, column) || line <= last {
			t.Errorf("%q: %s", in, record(r))
		}
		last = line
	}
	if r.Err() != nil {
		t.Errorf("%q: %v", in, r.Err())
	}
}

func offset(lines [][]byte, line int) int {
	n := 0
	for _, l := range lines[:line-1] {
		n += len(l) + 1
	}
	return min(n, len(bytes.Join(lines, newline)))
}

func unprintable(c rune) bool { return !unicode.IsPrint(c) }

// FuzzDetect holds for any bytes that Detect answers in one line of
// characters that print, that what upstream reads to samples is not called
// something else, and that the Reader finds the same compression.
func FuzzDetect(f *testing.F) {
	for _, tc := range detectCases {
		f.Add(tc.contentType, []byte(tc.head))
	}
	for _, tc := range slices.Concat(textCases, headCases) {
		f.Add("", []byte(tc.in))
	}
	for _, tc := range protoCases {
		f.Add(typeProtobuf, protoText(f, tc.in))
	}
	for _, tc := range hostileTexts {
		f.Add("", []byte(tc.make(20)))
	}
	f.Fuzz(func(t *testing.T, contentType string, head []byte) {
		c := Detect(contentType, head)
		if strings.ContainsFunc(c.Not, unprintable) {
			t.Errorf("%q: %q has what does not print", head, c.Not)
		}
		if len(c.Not) > 500 || c.Not != "" && (c.Format != FormatUnknown || c.Compression != "") {
			t.Errorf("%q: %+v", head, c)
		}
		o := newOracle()
		for _, om := range []bool{false, true} {
			diff, refused := o.compare(head, om)
			if diff != nil || refused != nil || o.samples == 0 {
				continue
			}
			if c := Detect("", head); c.Not != "" || c.Compression != "" || c.Format == FormatProtobuf {
				t.Errorf("%q has %d samples, but is %+v", head, o.samples, c)
			}
		}
		if diff, refused := o.compareProto(head, protoOptions[0]); diff == nil && refused == nil && o.samples > 0 {
			if c := Detect(typeProtobuf, head); c.Not != "" || c.Compression != "" || c.Format != FormatProtobuf {
				t.Errorf("%q has %d samples, but is %+v", head, o.samples, c)
			}
		}
		compressed := false
		for r := NewBytesReader(head, Options{}); r.Next() && r.Kind() == KindProblem; {
			compressed = compressed || r.Problem().ID == "compressed"
		}
		if c := Detect("", head); compressed != (c.Compression != "") && c.Not == "" {
			t.Errorf("%q is %+v, and to the Reader compressed: %v", head, c, compressed)
		}
	})
}
