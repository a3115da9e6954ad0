package expfmt

import "testing"

// protoTakenLater are the problems of messages that upstream's parser reads and
// what takes the samples from it refuses; bad-utf8 is one of a unit there.
var protoTakenLater = map[string]bool{"bad-histogram": true, "duplicate-label": true, "no-name": true, "bad-utf8": true}

// TestRefusedProto damages messages at every byte: what upstream's parser
// refuses has a problem that says so, and where one says so the parser, or
// what comes behind it, does.
func TestRefusedProto(t *testing.T) {
	o := newOracle()
	refused, taken := 0, 0
	check := func(in []byte, opts Options) {
		opts.Format = FormatProtobuf
		_, err := o.compareProto(in, opts)
		said, later := "", false
		o.r.Reset(in, opts)
		for o.r.Next() {
			if o.r.Kind() == KindProblem && o.r.Problem().Refused {
				said = o.r.Problem().String()
				later = later || protoTakenLater[o.r.Problem().ID]
			}
		}
		if err != nil {
			refused++
		} else {
			taken++
		}
		if err != nil && said == "" {
			t.Errorf("%q: a server refuses: %v, and no problem says so", in, err)
		}
		if err == nil && said != "" && !later {
			t.Errorf("%q: a server takes it, but %s", in, said)
		}
	}
	for _, tc := range protoCases {
		body := protoText(t, tc.in)
		check(body, tc.opts)
		for i := range body {
			if t.Failed() {
				return
			}
			check(body[:i], tc.opts)
			for _, c := range []byte{0, 1, 8, 10, 18, 26, 34, 0x7f, 0x80, 0xff} {
				damaged := append([]byte{}, body...)
				damaged[i] = c
				check(damaged, tc.opts)
			}
		}
	}
	if refused < 1000 || taken < 1000 {
		t.Errorf("only %d are refused, %d taken", refused, taken)
	}
}
