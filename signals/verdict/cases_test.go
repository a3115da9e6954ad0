package verdict_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// The cases are situations that people met and told of in public, made up
// anew: a scene, its rules, and what is wanted of each rule: its verdict, the
// ids that may decide, and ids that must be among its findings.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			part := map[string]string{}
			for _, f := range archive.Files {
				part[f.Name] = string(f.Data)
			}
			res := whyOf(t, part["scene"], part["rules.yml"])
			wants := strings.Split(strings.TrimSpace(part["want.tsv"]), "\n")[1:]
			if len(wants) != len(res.Rules) {
				t.Fatalf("%d rules, %d wants", len(res.Rules), len(wants))
			}
			for i, want := range wants {
				r, why := res.Rules[i], res.Why[i]
				cells := append(strings.Split(want, "\t"), "", "", "")
				var ids []string
				for _, f := range why {
					ids = append(ids, f.ID)
				}
				if !slices.Contains(strings.Split(cells[1], "|"), string(r.Verdict)) {
					t.Errorf("%s is %s, want %s", cells[0], r.Verdict, cells[1])
				}
				if len(ids) == 0 || !slices.Contains(strings.Split(cells[2], "|"), ids[0]) {
					t.Errorf("%s: %v, want %s first", cells[0], ids, cells[2])
				}
				for _, id := range strings.FieldsFunc(cells[3], func(r rune) bool { return r == ',' }) {
					if !slices.Contains(ids, id) {
						t.Errorf("%s: %v, want %s among them", cells[0], ids, id)
					}
				}
			}
		})
	}
}
