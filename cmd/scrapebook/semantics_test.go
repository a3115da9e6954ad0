package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// noFileShows are the numbers of facts/LIVE.md that files of scrapes and rules cannot show, and why.
var noFileShows = map[string]string{
	"34": "exemplars are no samples: no rule and no query sees them",
	"38": "a live server's phase is a hash; ours is SEMANTICS 11",
	"39": "ALERTS of a server that restores; ours is SEMANTICS 15",
	"51": "what Alertmanager is told",
	"52": "data that comes to rules late; a file does not tell when its scrape was committed",
}

// Every number of SEMANTICS.md and of LIVE.md has a test that is named after it: TestSemantics8…, TestLive8… or a row
// whose name has S8 or L8 among its words.
func TestEveryNumberHasATest(t *testing.T) {
	named := testNames(t, root(t))
	for file, is := range map[string]struct{ test, row string }{
		"SEMANTICS.md":  {"TestSemantics", "S"},
		"facts/LIVE.md": {"TestLive", "L"},
	} {
		text, err := os.ReadFile(filepath.Join(root(t), "..", "shared", file))
		if err != nil {
			t.Skip("../shared is absent:", err)
		}
		numbers := regexp.MustCompile(`(?m)^(\d+)\. `).FindAllStringSubmatch(string(text), -1)
		if len(numbers) < 20 {
			t.Fatalf("%s: only %d numbers found", file, len(numbers))
		}
		for _, n := range numbers {
			why := ""
			if is.row == "L" {
				why = noFileShows[n[1]]
			}
			switch has := named[is.test+n[1]] || named[is.row+n[1]]; {
			case !has && why == "":
				t.Errorf("no test is named after %s %s", file, n[1])
			case has && why != "":
				t.Errorf("%s %s has a test, so it is not so that no file shows it (%s)", file, n[1], why)
			}
		}
	}
}

// testNames are the names of the tests below dir without what follows the number in TestSemantics8Gaps, and the words
// such as S8 and L8 with which a row's name, a quoted string, begins.
func testNames(t *testing.T, dir string) map[string]bool {
	test := regexp.MustCompile(`(?m)^func (Test(?:Semantics|Live)\d+)`)
	row := regexp.MustCompile(`"((?:[SL]\d+ )+)`)
	named := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range test.FindAllStringSubmatch(string(text), -1) {
			named[m[1]] = true
		}
		for _, m := range row.FindAllStringSubmatch(string(text), -1) {
			for _, word := range strings.Fields(m[1]) {
				named[word] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return named
}
