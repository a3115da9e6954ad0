package suite

import (
	"slices"

	"github.com/scrapebook/scrapebook/expfmt"
)

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

// ids are all, those of what promtool tells too first.
var ids = []expfmt.ProblemID{
	{ID: AlertsDiffer, Severity: expfmt.SeverityError, Doc: "other alerts fire than the test expects, or a reason is another",
		Fix: "correct the rule or the expectation: the rows show both, and why an alert did not fire", Example: "Down at 5m: 1 alert expected, but none came"},
	{ID: SamplesDiffer, Severity: expfmt.SeverityError, Doc: "an expression, or a signal, gives something else than the test expects",
		Fix: "correct the rule or the expectation: the rows show both", Example: "up at 1m: 1 sample expected, but none came"},
	{ID: TestFails, Severity: expfmt.SeverityError, Doc: "the test could not be run to its end",
		Fix: "correct what the message names", Example: "an item of alert_rule_test has no alertname, at eval_time 5m"},
	{ID: NoRuleFile, Severity: expfmt.SeverityError, Doc: "a pattern of rule_files matches no file",
		Fix: "correct the path: it counts from the test file's folder", Example: "rule_files: no file matches none*.yml"},
	{ID: EmptyRuleFile, Severity: expfmt.SeverityError, Doc: "a rule file holds no rule",
		Fix: "name the file that holds the rules", Example: "rule_files: empty.yml holds no rule"},
	{ID: NoTests, Severity: expfmt.SeverityError, Doc: "a test file holds no test",
		Fix: "write tests below tests:, or leave the file out", Example: "there is no test in it: write some below tests:"},
	{ID: NoChecks, Severity: expfmt.SeverityError, Doc: "a test expects nothing at all",
		Fix: "write what must come, such as alert_rule_test", Example: "the test expects nothing: write alert_rule_test or promql_expr_test, or alerts, silent, why or signals of a capture"},
	{ID: NoRule, Severity: expfmt.SeverityError, Doc: "no rule has the alertname of a test",
		Fix: "correct the alertname, or name the file that has the rule in rule_files", Example: "no rule has the alertname Dwn; did you mean Down?"},
	{ID: NoData, Severity: expfmt.SeverityError, Doc: "nothing came because no series matched",
		Fix: "give the test series that the rule selects, so that it could have fired", Example: "Down at 5m: no alert, as expected, but its rule never had data: no series of this test matches up{job=\"x\"}"},
	{ID: SeriesEnded, Severity: expfmt.SeverityError, Doc: "nothing came only because series had ended before",
		Fix: "give the series values up to the test's time, as in 1x20", Example: "Down at 20m: no alert, as expected, but only because series had ended: the last value of up{instance=\"a\", job=\"shop\"} is at 3m; if they all went on as they were, something would come"},
	{ID: SeriesLost, Severity: expfmt.SeverityError, Doc: "an empty line or a # in input_series hides the series below",
		Fix: "write values on one line, or with >- in place of > or |", Example: "this series is not loaded: one before it in input_series ends in an empty line or a comment, where the loader stops; write values on one line, or with >- in place of > or |"},
	{ID: SeriesTwice, Severity: expfmt.SeverityError, Doc: "a series stands twice in input_series: the last one counts",
		Fix: "write one line for a series", Example: "this series is not loaded: it stands again further below, and the last one counts"},
	{ID: Warning, Severity: expfmt.SeverityError, Doc: "the engine warns of an expression",
		Fix: "correct what it warns of, such as rate of a gauge", Example: "quantile(2, up) at 1m: the engine warns: PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)"},
}

// IDs are the ids of all failures.
func IDs() []expfmt.ProblemID { return slices.Clone(ids) }

// Checks are the ids that allow takes, each with what it stands for. Promtool
// has none of these.
func Checks() (list [][2]string) {
	for _, id := range ids {
		if id.ID != AlertsDiffer && id.ID != SamplesDiffer && id.ID != TestFails {
			list = append(list, [2]string{id.ID, id.Doc})
		}
	}
	return list
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
