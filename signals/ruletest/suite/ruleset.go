package suite

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A ruleSet is what the rule_files of a test file hold.
type ruleSet struct {
	groups  []*rules.Group // in the order of their evaluation
	bad     []error        // of patterns that are none
	errs    []error        // of files that do not load; there are no groups then
	missing []Word         // patterns that no file matches
	empty   []string       // files without a rule
	files   []string

	ahead   bool            // a rule may see samples after its instant, or writes far behind it
	written map[string]bool // names of what rules write
}

// load reads the rule files that a test file names.
func (r *runner) load(name string, f *File) *ruleSet {
	set := &ruleSet{written: map[string]bool{}}
	for _, pattern := range f.RuleFiles {
		paths, err := r.expand(filepath.Dir(name), pattern.Value)
		if err != nil {
			set.bad = append(set.bad, &Error{name, pattern.Place, fmt.Sprintf("rule_files: %s: %v", pattern.Value, err)})
		}
		if len(paths) == 0 && err == nil {
			set.missing = append(set.missing, pattern)
		}
		for _, path := range paths {
			if !slices.Contains(set.files, path) { // twice the same groups are the same groups
				set.files = append(set.files, path)
			}
		}
	}
	for _, path := range set.files {
		groups, errs := r.rules.get(path, r.parseRules)
		set.errs = append(set.errs, errs...)
		if len(errs) == 0 && !slices.ContainsFunc(groups, func(g *rules.Group) bool { return len(g.Rules) > 0 }) {
			set.empty = append(set.empty, path)
		}
		set.groups = append(set.groups, groups...)
	}
	if len(set.errs) > 0 {
		set.groups = nil
	}
	order := map[string]int{}
	for i, g := range f.GroupEvalOrder {
		order[g.Value] = i
	}
	slices.SortStableFunc(set.groups, func(a, b *rules.Group) int { return cmp.Compare(order[a.Name], order[b.Name]) })
	return set
}

// look finds out what the rules can see.
func (s *ruleSet) look(engine *query.Engine) {
	for _, g := range s.groups {
		s.ahead = s.ahead || g.QueryOffset >= boundary
		for _, rule := range g.Rules {
			if rule.Record != "" {
				s.written[rule.Record] = true
			} else {
				s.written["ALERTS"], s.written["ALERTS_FOR_STATE"] = true, true
			}
			reach := g.Reach(engine, rule)
			s.ahead = s.ahead || reach.Ahead || reach.Unknown != "" || reach.Everything != ""
		}
	}
}

// independent tells whether nothing that rules write matters to one.
func (s *ruleSet) independent(r *rules.Rule) bool {
	return !slices.ContainsFunc(r.Selectors, func(sel query.Selector) bool { return sel.Name() == "" || s.written[sel.Name()] })
}

// named are the rules of an alert's name, of one group if that is given.
func (s *ruleSet) named(alert, group string) (list []*rules.Rule) {
	for _, g := range s.groups {
		for _, rule := range g.Rules {
			if rule.Alert == alert && (group == "" || g.Name == group) {
				list = append(list, rule)
			}
		}
	}
	return list
}

// expand returns the files that a pattern of rule_files matches, as promtool
// joins and globs it.
func (r *runner) expand(dir, pattern string) ([]string, error) {
	if (strings.HasPrefix(pattern, demoPrefix) || strings.HasPrefix(pattern, packPrefix)) && !r.opts.promtool() {
		return []string{pattern}, nil
	}
	if pattern != "" && !filepath.IsAbs(pattern) {
		pattern = filepath.Join(dir, pattern)
	}
	return filepath.Glob(pattern)
}

const (
	demoPrefix = "demo:" // of a fixture
	packPrefix = "pack:" // of a built-in pack
)

// parseRules reads one rule file: of any shape, but with promtool only those
// that a server loads.
func (r *runner) parseRules(path string) ([]*rules.Group, []error) {
	data, err := readFile(path)
	if err != nil {
		return nil, []error{fmt.Errorf("cannot read the rules: %w", err)}
	}
	opts := rules.ParseOptions{Features: r.opts.Features, IgnoreUnknownFields: r.opts.IgnoreUnknownFields}
	if r.opts.promtool() {
		return rules.Parse(path, data, opts)
	}
	return rules.ParseAny(path, data, opts)
}

// readFile reads a file of at most maxFile bytes, or one that comes with
// scrapebook.
func readFile(path string) ([]byte, error) {
	if demo, ok := strings.CutPrefix(path, demoPrefix); ok {
		data, err := fixtures.Read(demo)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return data, nil
	}
	if name, ok := strings.CutPrefix(path, packPrefix); ok {
		pack, err := packs.Find(name)
		if err != nil {
			return nil, err
		}
		return pack.Rules(nil)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("it is larger than 64 MiB")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// A ruleCache reads each rule file once, whoever asks first.
type ruleCache struct{ m sync.Map }

func (c *ruleCache) get(path string, parse func(string) ([]*rules.Group, []error)) ([]*rules.Group, []error) {
	type loaded struct {
		groups []*rules.Group
		errs   []error
	}
	once, _ := c.m.LoadOrStore(path, sync.OnceValue(func() loaded {
		groups, errs := parse(path)
		return loaded{groups, errs}
	}))
	l := once.(func() loaded)()
	return l.groups, l.errs
}
