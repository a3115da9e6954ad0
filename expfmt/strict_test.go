package expfmt

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStrict(t *testing.T) {
	for _, tc := range strictCases {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, p := range problems(t, tc.in, Options{Format: FormatOpenMetrics, Strict: true}) {
				if p.Severity == SeverityError {
					got = append(got, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.ID))
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n%q\n(-want +got)\n%s", tc.reason, tc.in, diff)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for _, tc := range checkCases {
		t.Run(tc.name, func(t *testing.T) {
			opts := optionsOf(tc.om)
			opts.Check = true
			var got []string
			for _, p := range problems(t, tc.in, opts) {
				got = append(got, fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Severity, p.ID))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n%q\n(-want +got)\n%s", tc.reason, tc.in, diff)
			}
		})
	}
}

func problems(t *testing.T, in string, opts Options) []Problem {
	t.Helper()
	s, err := Read(strings.NewReader(in), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s.Problems
}

// TestCheckLosesNothing holds that Check and Strict add problems and take
// nothing away, and that a stream gives what the bytes give.
func TestCheckLosesNothing(t *testing.T) {
	for _, tc := range textCases {
		checkAddsProblems(t, []byte(tc.in), tc.om)
	}
	for _, tc := range strictCases {
		checkAddsProblems(t, []byte(tc.in), true)
	}
	for _, tc := range checkCases {
		checkAddsProblems(t, []byte(tc.in), tc.om)
	}
}

func checkAddsProblems(t *testing.T, in []byte, om bool) {
	t.Helper()
	plain := records(NewBytesReader(in, optionsOf(om)))
	for _, opts := range []Options{{Check: true}, {Strict: true}} {
		opts.Format = optionsOf(om).Format
		checkStream(t, in, opts)
		checkThorough(t, in, opts)
		checkPlaces(t, in, opts)
		all := records(NewBytesReader(in, opts))
		i := 0
		for _, rec := range all {
			if i < len(plain) && sameButSeverity(rec, plain[i]) {
				i++
			} else if !isProblemRecord(rec) {
				t.Errorf("%q: %+v adds %q", in, opts, rec)
			}
		}
		if i < len(plain) {
			t.Errorf("%q: %+v loses %q of\n%q", in, opts, plain[i], all)
		}
	}
}

// isProblemRecord knows what record writes of a problem: place, severity, id.
func isProblemRecord(rec string) bool {
	f := strings.Fields(rec)
	return len(f) == 3 && ids[f[2]] != nil
}

func sameButSeverity(a, b string) bool {
	if !isProblemRecord(a) || !isProblemRecord(b) {
		return a == b
	}
	f, g := strings.Fields(a), strings.Fields(b)
	return f[0] == g[0] && f[2] == g[2]
}

// TestStrictIsForOpenMetrics holds that text is read as without it.
func TestStrictIsForOpenMetrics(t *testing.T) {
	in := []byte("# hi\na{x=\"1\",} 1 \n\n")
	if got := records(NewBytesReader(in, Options{Strict: true})); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestProblemIDs(t *testing.T) {
	all := ProblemIDs()
	if !slices.IsSortedFunc(all, func(a, b ProblemID) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the ids are not sorted")
	}
	for i, id := range all {
		switch {
		case i > 0 && all[i-1].ID == id.ID:
			t.Errorf("%s stands twice", id.ID)
		case id.Doc == "" || strings.ContainsAny(id.Doc, "\n") || strings.HasSuffix(id.Doc, "."):
			t.Errorf("%s: the doc is %q", id.ID, id.Doc)
		case id.Strict && id.Spec == "":
			t.Errorf("%s is a violation of no section", id.ID)
		case id.Needs == "strict" && !(id.Strict && id.Severity == SeverityError):
			t.Errorf("%s needs Strict and is not an error of it", id.ID)
		case !slices.Contains([]string{"skipped", "kept", "repaired"}, id.Done) || !slices.Contains([]string{"", "check", "strict", "lint"}, id.Needs):
			t.Errorf("%+v", id)
		case (id.Done == "skipped") != (id.Severity == SeverityError && id.Needs == ""):
			t.Errorf("%s: %s, but %s", id.ID, id.Severity, id.Done)
		}
	}
	all[0].ID = "changed"
	if ProblemIDs()[0].ID == "changed" {
		t.Error("the list is not a copy")
	}
}

// TestProblemNeeds holds that a problem comes with the option that it needs
// alone.
func TestProblemNeeds(t *testing.T) {
	check := func(in string, opts Options, allowed ...string) {
		for _, p := range problems(t, in, opts) {
			if !slices.Contains(allowed, ids[p.ID].Needs) {
				t.Errorf("%q: %s comes with %+v", in, p, opts)
			}
			if p.Done != ids[p.ID].Done {
				t.Errorf("%s is %s", p, p.Done)
			}
		}
	}
	for _, tc := range strictCases {
		check(tc.in, Options{Format: FormatOpenMetrics}, "")
		check(tc.in, Options{Format: FormatOpenMetrics, Check: true}, "", "check")
	}
	for _, tc := range checkCases {
		check(tc.in, optionsOf(tc.om), "")
	}
}
