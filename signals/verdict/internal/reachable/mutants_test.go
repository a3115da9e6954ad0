package reachable

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	mutants     = flag.Bool("mutants", false, "TestMutants runs TestSound against each unsound variant; takes minutes")
	mutantPairs = flag.Int("mutant-pairs", 30000, "pairs that TestSound draws against a variant")
)

// unsound are variants of the analysis that overlook one thing: what stands
// once in a file is replaced by what comes after it.
var unsound = []struct{ name, file, old, new string }{
	{"the quantile's cap is the last bound, without the ulp that interpolation adds", "buckets.go", "hi = max(hi, top)", "_ = top"},
	{"only neighbouring bounds make the cap, though bounds can be missing", "buckets.go", "for _, start := range finite[:j] {", "for _, start := range finite[max(0, j-1):j] {"},
	{"native histograms are capped, too", "buckets.go", "if in.hist {\n\t\t// A native", "if in.hist && le.any {\n\t\t// A native"},
	{"a quantile above 1 is +Inf: overlooked", "buckets.go", "if q.num && q.hi > 1 {\n\t\tout = out.or(exactly(posInf))\n\t}\n\tif !q.num", "if !q.num"},
	{"bucket counts that are NaN or negative keep to the cap", "buckets.go", "if counts.num && counts.lo < 0 && (counts.nan || counts.infinite()) {", "if false {"},
	{"any le means the bounds that the metric has", "buckets.go", "if !all {\n\t\treturn anyFloat().from(q)\n\t}", "if !all {\n\t\tlist = []float64{0.5, 1, posInf}\n\t}"},
	{"NaN passes no comparison, not even !=", "arith.go", "if op == parser.NEQ {\n\t\t// NaN", "if op == parser.NEQ {\n\t\ta.nan, b.nan = false, false\n\t\t// NaN"},
	{">= is >", "arith.go", "out.lo = max(a.lo, b.lo)\n\tcase parser.LSS", "out.lo = max(a.lo, above(b.lo, a.whole))\n\tcase parser.LSS"},
	{"division knows no -0", "value.go", "if v.negZero {\n\t\tpoints", "if false {\n\t\tpoints"},
	{"a function has its extremes at the ends, also where its argument passes 0", "value.go", "[]float64{0, -tiny, tiny, -math.MaxFloat64, math.MaxFloat64}", "[]float64{-math.MaxFloat64, math.MaxFloat64}"},
	{"rate is never negative, whatever its samples", "overtime.go", "if v.num && v.lo >= 0 && !extended && (name == \"irate\" || !v.nan) {", "if v.num && !extended {"},
	{"rate is never negative, though NaN hides a reset", "overtime.go", "(name == \"irate\" || !v.nan)", "true"},
	{"a comparison with bool filters", "binary.go", "case n.ReturnBool:\n\t\tout.labels", "case n.ReturnBool && false:\n\t\tout.labels"},
	{"a or b is dead when a is", "binary.go", "case l.dead != nil && r.dead != nil:\n\t\treturn vector", "case l.dead != nil:\n\t\treturn vector"},
	{"a unless b is dead when b is", "binary.go", "case n.Op == parser.LUNLESS:\n", "case n.Op == parser.LUNLESS:\n\t\tif r.dead != nil {\n\t\t\treturn r\n\t\t}\n"},
	{"the name has to agree, too", "binary.go", "return name == model.MetricNameLabel || slices", "return name == model.MetricNameLabel && false || slices"},
	{"on (…) is overlooked", "binary.go", "if m.On {\n\t\treturn m.MatchingLabels\n\t}", "if m.On {\n\t\treturn names(l, r)\n\t}"},
	{"ignoring (…) is overlooked", "binary.go", " || slices.Contains(m.MatchingLabels, name)", ""},
	{"group_left (…) takes no labels over", "binary.go", "for _, name := range m.Include {", "for _, name := range m.Include[:0] {"},
	{"a label that a metric has is never empty", "eval.go", "s = s.with(l, anyText)", "s = s.with(l, texts{any: true, matchers: []*labels.Matcher{labels.MustNewMatcher(labels.MatchNotEqual, l, \"\")}})"},
	{"an unknown metric has only the labels that are asked for", "eval.go", "return vector{value: v, labels: anyLabels()}\n}\n\nfunc scalarOf", "return vector{value: v, labels: noLabels(Cause{})}\n}\n\nfunc scalarOf"},
	{"what one matcher leaves is what another asks for", "texts.go", "if o.has(s) {", "if o.has(s) && s != \"\" {"},
	{"label_replace sets no label", "relabel.go", "in.labels = in.labels.with(dst, to)", "_ = to"},
	{"label_replace always matches", "relabel.go", "return oneOf(cause, replacement).or(old)", "return oneOf(cause, replacement)"},
	{"absent() has no labels", "calls.go", "text, seen[m.Name] = m.Value, true", "seen[m.Name] = true"},
	{"scalar() of several series is one of them", "calls.go", "withNaN(!in.sure || !in.single || in.hist)", "withNaN(false)"},
	{"sum() always has a result", "aggregate.go", "aggregated(n.Op, in, param.value), in.sure && !in.hist", "aggregated(n.Op, in, param.value), true"},
	{"avg does not round", "aggregate.go", "out := v.widened(30)", "out := v"},
	{"a sum is never more than its largest part", "aggregate.go", "if v.hi > 0 {\n\t\tout.hi = posInf\n\t}", ""},
	{"a variance is never negative, though it overflows", "aggregate.go", "\treturn anyFloat()\n}\n\n// some is", "\treturn between(0, posInf).withNaN(true)\n}\n\n// some is"},
	{"topk(1, …) is empty", "aggregate.go", "k.hi < 1", "k.hi <= 1"},
	{"clamp is empty when its ends are the same", "pointwise.go", "most.hi < least.lo", "most.hi <= least.lo"},
	{"a part is never more than the whole, whatever its matchers", "ratio.go", "nameOf(x) == nameOf(y) && implies(x.LabelMatchers, y.LabelMatchers)", "nameOf(x) == nameOf(y)"},
	{"a part is never more than the whole, whatever its range", "ratio.go", "x.RangeExpr == nil && y.RangeExpr == nil && x.Range == y.Range && ", ""},
	{"a part is never more than the whole, whatever is aggregated", "ratio.go", "!ok || den.Op != parser.SUM || num.Without", "!ok || num.Without"},
	{"a part is never more than the whole, negative or not", "ratio.go", "|| l.lo < 0 || r.lo < 0 {", "{"},
	{"a part is never more than the whole, whatever the groups", "ratio.go", " || num.Without != den.Without || !sameNames(num.Grouping, den.Grouping)", ""},
	{"what is asked of one sample is asked of any that pairs", "same.go", "if n.VectorMatching.On || len(n.VectorMatching.MatchingLabels) > 0 || l.hist {", "if l.hist {"},
	{"what has the same labels has the same name", "same.go", "if name := l.labels.get(model.MetricNameLabel); name.any || len(name.list) != 1 {", "if l.labels.get(model.MetricNameLabel).empty() {"},
	{"names are dropped at once, though the engine drops them at the end", "labelset.go", "if a.shape.DelayedNames {", "if false {"},
}

// TestMutants shows that TestSound is able to fail: every variant that
// overlooks one thing calls a rule unreachable that returns a sample. Without
// -mutants it only finds the places.
func TestMutants(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-run", "^TestSound$", "-v", "-values=false", "-pairs", strconv.Itoa(*mutantPairs), "."}
	if *mutants {
		if out, err := exec.Command("go", append([]string{"test"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("what is to be changed fails already:\n%.3000s", out)
		}
	}
	for _, m := range unsound {
		t.Run(m.name, func(t *testing.T) {
			text, err := os.ReadFile(m.file)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), m.old); n != 1 {
				t.Fatalf("%q stands %d times in %s", m.old, n, m.file)
			}
			if !*mutants {
				return
			}
			changed, overlay := filepath.Join(t.TempDir(), m.file), filepath.Join(t.TempDir(), "overlay.json")
			if err := os.WriteFile(changed, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			list, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(dir, m.file): changed}})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(overlay, list, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("go", append([]string{"test", "-overlay", overlay}, args...)...).CombinedOutput()
			found := regexp.MustCompile(`world \d+: (.*): unreachable, and returns .*`).FindSubmatch(out)
			if err == nil || found == nil {
				t.Fatalf("not caught:\n%.3000s", out)
			}
			t.Logf("caught: %s", found[0])
		})
	}
}
