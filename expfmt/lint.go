package expfmt

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// LintOptions say which findings of Lint are not wanted.
type LintOptions struct {
	Disable []string    // ids of rules that are not asked
	Allow   []Exception // what single metrics may do
	File    string      // named in problems, never opened
}

// Lint reports what `promtool check metrics` does: names, types and help texts
// that break the conventions for metrics. All are warnings: nothing is lost by
// them. They come in the order of their places: the line that first names the
// family, where the Snapshot was read. Text is the family's name, and Caret
// shows nothing. The rules are those of client_golang v1.24.1
// (prometheus/testutil/promlint):
//
//	no-help                the family has samples and no help text, or an empty one
//	non-base-unit          a unit in the name that is not a base unit: milliseconds
//	abbreviated-unit       a unit in the name that is abbreviated: ms
//	counter-without-total  a counter whose name does not end in _total
//	total-suffix           _total at the end of what is no counter
//	bucket-suffix          _bucket at the end of what is no histogram
//	count-suffix           _count at the end of what is no histogram or summary
//	sum-suffix             _sum at the end of what is no histogram or summary
//	le-label               a label le of what is no histogram
//	quantile-label         a label quantile of what is no summary
//	type-in-name           the type stands in the name: request_counter
//	colon-in-name          a colon, which is for recording rules
//	camel-case             a metric's name in camelCase
//	camel-case-label       a label's name in camelCase
//	duplicate-metric       a series stands twice; with each one but the first
//
// Families without samples are not looked at, and of an untyped one nothing is
// said about its type. Unlike promlint a label is named once for its family,
// labels in another order are the same, the counters of OpenMetrics may have
// their suffix in their samples alone, and there a series may stand several
// times if it has its own timestamps.
func Lint(s *Snapshot, opts LintOptions) []Problem {
	l := linter{opts: opts, format: s.Format}
	for _, f := range s.Families {
		for _, part := range l.split(f) {
			l.lint(part)
		}
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return l.problems
}

// lintRules are sorted by ID.
var lintRules = []ProblemID{
	{"abbreviated-unit", SeverityWarning, kept, false, "lint", "", "a unit in the name that is abbreviated", "write seconds, not s or sec", ""},
	{"bucket-suffix", SeverityWarning, kept, false, "lint", "", "_bucket at the end of what is no histogram", "rename it, or make it a histogram", ""},
	{"camel-case", SeverityWarning, kept, false, "lint", "", "a metric's name in camelCase", "write words in lower case with _ between", ""},
	{"camel-case-label", SeverityWarning, kept, false, "lint", "", "a label's name in camelCase", "write words in lower case with _ between", ""},
	{"colon-in-name", SeverityWarning, kept, false, "lint", "", "a colon in a metric's name, which is for recording rules", "write _", ""},
	{"count-suffix", SeverityWarning, kept, false, "lint", "", "_count at the end of what is no histogram or summary", "rename it", ""},
	{"counter-without-total", SeverityWarning, kept, false, "lint", "", "a counter whose name does not end in _total", "end the name in _total; rules that ask for the old name must follow", ""},
	{"duplicate-metric", SeverityWarning, kept, false, "lint", "", "a series stands twice", "expose each series once", ""},
	{"le-label", SeverityWarning, kept, false, "lint", "", "a label le of what is no histogram", "rename the label", ""},
	{"no-help", SeverityWarning, kept, false, "lint", "", "a metric without a help text", "say in a HELP line what is measured, and in what unit", ""},
	{"non-base-unit", SeverityWarning, kept, false, "lint", "", "a unit in the name that is not a base unit", "expose the base unit: seconds, bytes, ratio; rules must follow", ""},
	{"quantile-label", SeverityWarning, kept, false, "lint", "", "a label quantile of what is no summary", "rename the label", ""},
	{"sum-suffix", SeverityWarning, kept, false, "lint", "", "_sum at the end of what is no histogram or summary", "rename it", ""},
	{"total-suffix", SeverityWarning, kept, false, "lint", "", "_total at the end of what is no counter", "rename it, or make it a counter if it only rises", ""},
	{"type-in-name", SeverityWarning, kept, false, "lint", "", "the type stands in the name", "leave the type out of the name", ""},
}

// isLintRule reports whether id is one of a rule.
func isLintRule(id string) bool {
	return slices.ContainsFunc(lintRules, func(r ProblemID) bool { return r.ID == id })
}

type linter struct {
	opts     LintOptions
	format   Format
	problems []Problem
	key      []byte
}

// lintFamily is a family as promlint knows it.
type lintFamily struct {
	*Family
	line, column int
}

// split returns the family, and as families of their own the samples that the
// text format does not count to it: x_total of a counter x, h_created.
func (l *linter) split(f *Family) []lintFamily {
	whole := lintFamily{f, f.line, f.column}
	if l.format == FormatOpenMetrics || l.format == FormatProtobuf {
		return []lintFamily{whole}
	}
	foreign := func(s *Sample) bool {
		suffix := s.Name[min(len(f.Name), len(s.Name)):]
		return suffix == "_created" || suffix == "_total"
	}
	if !slices.ContainsFunc(f.Samples, func(s Sample) bool { return foreign(&s) }) {
		return []lintFamily{whole}
	}
	own := *f
	own.Samples = nil
	out := []lintFamily{{&own, f.line, f.column}}
	at := map[string]*Family{}
	for i := range f.Samples {
		s := &f.Samples[i]
		if !foreign(s) {
			own.Samples = append(own.Samples, *s)
			continue
		}
		if at[s.Name] == nil {
			at[s.Name] = &Family{Name: s.Name}
			out = append(out, lintFamily{at[s.Name], s.Line, s.Column})
		}
		at[s.Name].Samples = append(at[s.Name].Samples, *s)
	}
	return out
}

func (l *linter) lint(f lintFamily) {
	if len(f.Samples)+len(f.Histograms) == 0 {
		return
	}
	l.names(f)
	l.types(f)
	l.labels(f)
	l.duplicates(f)
}

// find reports a family at the line that names it.
func (l *linter) find(f lintFamily, id, format string, args ...any) {
	l.findAt(f, f.line, f.column, id, format, args...)
}

func (l *linter) findAt(f lintFamily, line, column int, id, format string, args ...any) {
	if slices.Contains(l.opts.Disable, id) ||
		slices.ContainsFunc(l.opts.Allow, func(e Exception) bool { return e.allows(id, f.Name) }) {
		return
	}
	if line == 0 {
		column = 0
	}
	name := f.Name[:min(len(f.Name), maxProblemText)]
	l.problems = append(l.problems, Problem{
		File: l.opts.File, Line: line, Column: column, ID: id, Severity: SeverityWarning, Done: kept,
		Message: strconv.Quote(name) + ": " + fmt.Sprintf(format, args...),
		Text:    name, TextOffset: column, // behind the column, so that there is no caret
	})
}
