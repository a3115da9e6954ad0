package suite

import "slices"

// A Result is what came of some test files.
type Result struct {
	Files    []FileResult
	Coverage *Coverage // nil unless Options.Coverage asks for it
}

// A FileResult is what came of one test file.
type FileResult struct {
	Name string
	// Errors say why the file, or one of its rule files, cannot be used; no
	// test has run then.
	Errors   []error
	Failures []Failure // of the file as a whole
	Allowed  []Failure // that its allow lets through
	Tests    []TestResult
}

// A TestResult is what came of one test.
type TestResult struct {
	Place
	Name     string // unnamed#N of one without a name, N from 0
	Failures []Failure
	Allowed  []Failure // that an allow lets through
}

// A Failure is one expectation that was not met, or a check that failed.
type Failure struct {
	ID string // one of the constants, or of Checks
	Place
	Message string // one line
	Rows    []Row  // expected and got, only what differs
	Why     string // why an alert did not fire, a sentence; "" where it is not known

	asks  bool // an alert should have fired and did not
	alert int  // of alert_rule_test
}

// A Row is one difference.
type Row struct {
	Of            string // an alert or a series; rows of the same one follow each other
	What          string // of it, such as label severity
	Expected, Got string
}

// The ids of what promtool tells too.
const (
	AlertsDiffer  = "alerts"  // other alerts fire than expected
	SamplesDiffer = "samples" // an expression gives something else
	TestFails     = "error"   // the test could not be run to its end
)

// The ids of tests that pass for nothing: nothing came, as expected, and it
// could not have been otherwise.
const (
	NoRuleFile    = "no-rule-file"
	EmptyRuleFile = "empty-rule-file"
	NoTests       = "no-tests"
	NoChecks      = "no-checks"
	NoRule        = "no-rule"
	NoData        = "no-data"
	SeriesEnded   = "series-ended"
	SeriesLost    = "series-lost"
	SeriesTwice   = "series-twice"
	Warning       = "warning"
)

// Checks are the ids that allow takes, each with what it stands for. Promtool
// has none of these.
func Checks() [][2]string {
	return [][2]string{
		{NoRuleFile, "a pattern of rule_files matches no file"},
		{EmptyRuleFile, "a rule file holds no rule"},
		{NoTests, "a test file holds no test"},
		{NoChecks, "a test expects nothing at all"},
		{NoRule, "no rule has the alertname of a test"},
		{NoData, "nothing came because no series matched"},
		{SeriesEnded, "nothing came only because series had ended before"},
		{SeriesLost, "an empty line or a # in input_series hides the series below"},
		{SeriesTwice, "a series stands twice in input_series: the last one counts"},
		{Warning, "the engine warns of an expression"},
	}
}

// Failed tells whether anything failed or could not be used.
func (r *Result) Failed() bool {
	return slices.ContainsFunc(r.Files, func(f FileResult) bool { return f.failed() })
}

// Unusable tells whether a file could not be used.
func (r *Result) Unusable() bool {
	return slices.ContainsFunc(r.Files, func(f FileResult) bool { return len(f.Errors) > 0 })
}

// Tests is how many tests there are.
func (r *Result) Tests() int {
	n := 0
	for _, f := range r.Files {
		n += len(f.Tests)
	}
	return n
}

func (f *FileResult) failed() bool {
	return len(f.Errors)+len(f.Failures) > 0 || slices.ContainsFunc(f.Tests, func(t TestResult) bool { return len(t.Failures) > 0 })
}

// count is how many tests there are, and how many of them failed.
func (f *FileResult) count() (all, failed int) {
	for _, t := range f.Tests {
		if len(t.Failures) > 0 {
			failed++
		}
	}
	return len(f.Tests), failed
}
