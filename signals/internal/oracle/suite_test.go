package oracle

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/promqltest"
)

// suiteSize is how many evaluations the suite of Prometheus v0.316.0 has. With
// another version the number may only grow.
const suiteSize = 2434

// TestPromQLSuite runs Prometheus' own acceptance tests of PromQL over our
// Timeline, and makes sure that each of them came to us.
func TestPromQLSuite(t *testing.T) {
	exprs, err := promqltest.GetBuiltInExprs()
	if err != nil {
		t.Fatal(err)
	}
	if len(exprs) < suiteSize {
		t.Fatalf("the suite has %d evaluations, want at least %d", len(exprs), suiteSize)
	}
	a := newAdapter(t, undamaged)
	promqltest.RunBuiltinTests(t, a)

	times := map[string]int{}
	queries := 0
	for _, e := range exprs {
		times[e]++
	}
	for e, want := range times {
		if got := a.asked[e]; got < want {
			t.Errorf("%s: asked %d times, is in the suite %d times", e, got, want)
		}
	}
	for _, n := range a.asked {
		queries += n
	}
	t.Logf("%d evaluations, %d queries, %d samples copied", len(exprs), queries, a.samples)
}

const (
	childDamage = "ORACLE_CHILD_DAMAGE" // set in a child process: what its copies lack
	childSuite  = "TestSuiteChild"
)

// TestSuiteChild is the suite in a child process of TestSuiteNotices.
func TestSuiteChild(t *testing.T) {
	d := os.Getenv(childDamage)
	if d == "" {
		t.Skip("runs in a child process of TestSuiteNotices alone")
	}
	promqltest.RunBuiltinTests(t, newAdapter(t, damage(d)))
}

// TestSuiteNotices proves that TestPromQLSuite can fail: a Timeline that lacks
// something makes the suite fail, in a file of the suite that is about it.
func TestSuiteNotices(t *testing.T) {
	for _, c := range []struct {
		name  damage
		file  string
		fails bool
	}{
		{undamaged, "operators.test", false}, // the control: the child as such works
		{dropLast, "operators.test", true},
		{dropStart, "start_timestamps.test", true},
		{dropHistograms, "native_histograms.test", true},
	} {
		t.Run(string(c.name), func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.v", "-test.run=^"+childSuite+"$/^testdata$/^"+c.file+"$")
			cmd.Env = append(os.Environ(), childDamage+"="+string(c.name))
			out, err := cmd.CombinedOutput()
			prefix := childSuite + "/testdata/" + c.file + "/line_"
			if n := strings.Count(string(out), "=== RUN   "+prefix); n < 10 {
				t.Fatalf("the child ran %d evaluations:\n%s", n, out)
			}
			fails := strings.Count(string(out), "--- FAIL: "+prefix)
			if (err != nil) != c.fails || (fails > 0) != c.fails {
				t.Errorf("%d evaluations failed, exit %v; want failures: %v\n%s", fails, err, c.fails, out)
			}
		})
	}
}
