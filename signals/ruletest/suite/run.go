// Package suite runs test files for rules: those of promtool (`promtool test
// rules`) as they are, with what promtool would say of each test, and beyond
// that with checks for tests that pass for nothing, see Checks.
//
// The measure is promtool of Prometheus v0.316.0, cmd/promtool/unittest.go. One
// thing differs, by choice: groups that group_eval_order does not name are
// evaluated in the order in which they stand in their files, where promtool
// takes that of a map.
package suite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// CompatPromtool is what Options.Compat asks for promtool's outcome with.
const CompatPromtool = "promtool"

// Options are the settings of Run. All may stay zero.
type Options struct {
	// Compat is CompatPromtool for promtool's outcome to the letter: no key, no
	// shape of a rule file and no check beyond its own.
	Compat string
	// Match selects tests by name; nil: all. A test without a name has the
	// empty one.
	Match *regexp.Regexp
	// Features are names of --enable-feature, see query.Features; one that
	// replay.CheckFeatures does not know is an error.
	Features []string
	// IgnoreUnknownFields lets fields of rule files pass that a server refuses.
	IgnoreUnknownFields bool
	// Coverage asks for Result.Coverage.
	Coverage bool
	// Workers is how many tests run at a time; 0: as many as GOMAXPROCS says.
	// The result is the same with any number.
	Workers int
}

func (o *Options) promtool() bool { return o.Compat == CompatPromtool }

// runner runs tests with some options.
type runner struct {
	opts   Options
	parser parser.Parser
	rules  ruleCache

	coverage *covering // nil unless asked for
	mu       sync.Mutex
	engines  map[time.Duration]*query.Engine

	selectors sync.Map     // of expressions, by their text
	texts     atomic.Int64 // in selectors
}

const maxTexts = 10_000

// Run runs the tests of some files. What is wrong with a file or a test stands
// in the result; the error is of the options or of ctx.
func Run(ctx context.Context, files []string, opts Options) (*Result, error) {
	if opts.Compat != "" && !opts.promtool() {
		return nil, fmt.Errorf("unknown compatibility %q: there is %s", opts.Compat, CompatPromtool)
	}
	if err := replay.CheckFeatures(opts.Features); err != nil {
		return nil, err
	}
	r := &runner{opts: opts, parser: query.NewParser(opts.Features), engines: map[time.Duration]*query.Engine{}}
	if opts.Coverage {
		r.coverage = &covering{rules: map[ruleKey]*RuleCoverage{}, of: map[*rules.Rule]*RuleCoverage{}}
	}
	res := &Result{Files: make([]FileResult, len(files))}
	var jobs []func()
	for i, name := range files {
		jobs = append(jobs, r.file(ctx, name, &res.Files[i])...)
	}
	workers := opts.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	work := make(chan func())
	var wg sync.WaitGroup
	for range min(workers, len(jobs)) {
		wg.Go(func() {
			for job := range work {
				job()
			}
		})
	}
	for _, job := range jobs {
		work <- job
	}
	close(work)
	wg.Wait()
	if opts.Coverage {
		res.Coverage = r.coverage.result()
	}
	return res, ctx.Err()
}

// engine returns the engine of an evaluation interval, with the settings of
// promqltest's LazyLoader.
func (r *runner) engine(every time.Duration) *query.Engine {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.engines[every]
	if !ok {
		e = query.NewEngine(query.Options{MaxSamples: maxQuerySamples, Timeout: queryTimeout, EvaluationInterval: every, Features: r.opts.Features})
		r.engines[every] = e
	}
	return e
}

// file reads a test file and returns the work that fills its result.
func (r *runner) file(ctx context.Context, name string, res *FileResult) []func() {
	res.Name = name
	data, err := readFile(name)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = fmt.Errorf("%s: %w", name, pe.Err)
		}
		res.Errors = []error{err}
		return nil
	}
	var f *File
	if r.opts.promtool() {
		f, res.Errors = parsePromtool(name, data)
	} else {
		f, res.Errors = Parse(name, data)
	}
	if len(res.Errors) > 0 {
		return nil
	}
	for i, g := range f.GroupEvalOrder {
		if slices.ContainsFunc(f.GroupEvalOrder[:i], func(t Word) bool { return t.Value == g.Value }) {
			res.Errors = append(res.Errors, &Error{name, g.Place, fmt.Sprintf("group_eval_order: %s stands twice", g.Value)})
		}
	}
	if res.Errors = append(res.Errors, checkAllow(name, f)...); len(res.Errors) > 0 {
		return nil
	}
	set := r.load(name, f)
	res.Errors = set.bad
	if !r.opts.promtool() { // there each test loads the rules, and fails
		res.Errors = append(res.Errors, set.errs...)
	}
	if len(res.Errors) > 0 {
		return nil
	}
	set.look(r.engine(interval(f)))
	if r.coverage != nil {
		r.coverage.add(r, set)
	}
	if !r.opts.promtool() {
		res.Failures, res.Allowed = allowed(checkFile(f, set), f.Allow)
	}
	return r.jobs(ctx, f, set, res)
}

// jobs are the work of a file's tests. Those that ask one capture are one.
func (r *runner) jobs(ctx context.Context, f *File, set *ruleSet, res *FileResult) (jobs []func()) {
	var chosen []*Test
	for i := range f.Tests {
		t := &f.Tests[i]
		if r.opts.Match != nil && !r.opts.Match.MatchString(t.Name.Value) {
			continue
		}
		one := TestResult{Place: t.Place, Name: t.Name.Value}
		if one.Name == "" {
			one.Name = fmt.Sprintf("unnamed#%d", i)
		}
		res.Tests = append(res.Tests, one)
		chosen = append(chosen, t)
	}
	finish := func(i int, list []Failure) {
		t := chosen[i]
		if !t.expects() && !r.opts.promtool() {
			list = append(list, Failure{ID: NoChecks, Place: t.Place, Message: "the test expects nothing: write alert_rule_test or promql_expr_test, or alerts, silent, why or signals of a capture"})
		}
		slices.SortStableFunc(list, func(a, b Failure) int { return comparePlaces(a.Place, b.Place) })
		res.Tests[i].Failures, res.Tests[i].Allowed = allowed(list, slices.Concat(f.Allow, t.Allow))
	}
	done := make([]bool, len(chosen))
	for i, t := range chosen {
		switch {
		case done[i]:
		case t.saved() && !r.opts.promtool():
			rec := &recording{r: r, file: res.Name, f: f, set: set}
			var at []int
			for j := i; j < len(chosen); j++ {
				if chosen[j].saved() && sameRecording(t, chosen[j]) {
					rec.tests, at, done[j] = append(rec.tests, chosen[j]), append(at, j), true
				}
			}
			jobs = append(jobs, func() {
				for k, list := range rec.run(ctx) {
					finish(at[k], list)
				}
			})
		default:
			jobs = append(jobs, func() { finish(i, r.test(ctx, res.Name, f, t, set)) })
		}
	}
	return jobs
}

// expects tells whether a test expects anything.
func (t *Test) expects() bool {
	return len(t.AlertRuleTests)+len(t.PromqlExprTests)+len(t.Alerts)+len(t.Silent)+len(t.Why)+len(t.Signals) > 0
}

// test runs one test with input_series.
func (r *runner) test(ctx context.Context, name string, f *File, t *Test, set *ruleSet) []Failure {
	if len(set.errs) > 0 {
		return []Failure{{ID: TestFails, Place: t.Place, Message: errors.Join(set.errs...).Error()}}
	}
	return r.unit(ctx, name, f, t, set)
}

// checkFile tells of a file that tests nothing.
func checkFile(f *File, set *ruleSet) (list []Failure) {
	for _, p := range set.missing {
		list = append(list, Failure{ID: NoRuleFile, Place: p.Place, Message: fmt.Sprintf("rule_files: no file matches %s", p.Value)})
	}
	for _, name := range set.empty {
		list = append(list, Failure{ID: EmptyRuleFile, Message: fmt.Sprintf("rule_files: %s holds no rule", name)})
	}
	if len(f.Tests) == 0 {
		list = append(list, Failure{ID: NoTests, Message: "there is no test in it: write some below tests:"})
	}
	return list
}

// allowed divides failures by what an allow lets through.
func allowed(list []Failure, allow []Word) (failures, let []Failure) {
	for _, f := range list {
		if slices.ContainsFunc(allow, func(t Word) bool { return t.Value == f.ID }) {
			let = append(let, f)
		} else {
			failures = append(failures, f)
		}
	}
	return failures, let
}

// checkAllow refuses ids that are none.
func checkAllow(name string, f *File) (errs []error) {
	lists := [][]Word{f.Allow}
	for _, t := range f.Tests {
		lists = append(lists, t.Allow)
	}
	var ids []key
	for _, c := range Checks() {
		ids = append(ids, key{name: c[0]})
	}
	for _, t := range slices.Concat(lists...) {
		if !slices.ContainsFunc(ids, func(k key) bool { return k.name == t.Value }) {
			errs = append(errs, &Error{name, t.Place, fmt.Sprintf("allow: no check is called %q%s", t.Value, meant(t.Value, ids))})
		}
	}
	return errs
}
