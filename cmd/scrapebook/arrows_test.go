package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/scrapebook/scrapebook"

// arrows says what each package may import of ours, as the table in DESIGN.md does. A package without a row
// may not exist: whoever adds one decides its place first.
var arrows = map[string][]string{
	"expfmt":                    {},
	"histogram":                 {},
	"signals":                   {"expfmt", "histogram"},
	"signals/capture":           {},
	"signals/timeline":          {},
	"signals/ingest":            {"signals/capture", "expfmt", "signals/timeline"},
	"signals/rules":             {},
	"signals/replay":            {"signals/capture", "signals/ingest", "signals/timeline", "signals/rules"},
	"signals/packs":             {"signals", "signals/replay", "histogram"},
	"signals/report":            {"signals/replay", "signals/packs"},
	"signals/replay/replaytest": {"signals/replay"},
	"fixtures":                  {},
	"fixtures/scenario":         {"expfmt"},
	"fixtures/golden":           {"expfmt", "histogram"},
	"cmd/scrapebook":            {everything},
}

// everything allows all packages but those below cmd, which nothing imports.
const everything = "everything"

func TestArrows(t *testing.T) {
	imports, err := readImports(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"expfmt", "signals/replay", "cmd/scrapebook"} {
		if !slices.ContainsFunc(imports, func(i imported) bool { return i.from == p }) {
			t.Errorf("no import of %s was read: is the whole module seen?", p)
		}
	}
	for _, wrong := range strayArrows(imports, arrows) {
		t.Error(wrong)
	}
}

// imported is one import of one file, both sides without the module's path when they are ours.
type imported struct {
	from, to, file string
	ours, test     bool // to is ours; file is a test
}

// strayArrows returns a line for each import that the table does not allow.
//
//   - A package imports what its row names.
//   - X/internal/… belongs to X: it may import X, what X may and what else is internal to X; X and its internal
//     packages alone may import it.
//   - Tests may import any package but the command: what a test needs reaches no importer.
//   - Nothing imports the command.
func strayArrows(imports []imported, table map[string][]string) []string {
	var wrong []string
	say := func(i imported, why string) {
		wrong = append(wrong, fmt.Sprintf("%s: %s imports %s: %s", i.file, i.from, i.to, why))
	}
	for _, i := range imports {
		from, to := owner(i.from), owner(i.to)
		row, known := table[from]
		switch {
		case !known:
			say(i, "the importing package has no row in the table")
		case !i.ours || from == to: // of its internal packages, too: Go keeps cycles out
		case to == "cmd" || strings.HasPrefix(to, "cmd/"):
			say(i, "nothing imports a command")
		case table[to] == nil:
			say(i, "the imported package has no row in the table")
		case to != i.to:
			say(i, "it is internal to "+to)
		case i.test || slices.Contains(row, i.to) || slices.Contains(row, everything):
		default:
			say(i, fmt.Sprintf("allowed are %q", row))
		}
	}
	return wrong
}

// owner is the package that an internal one belongs to, and any other package itself.
func owner(pkg string) string {
	before, _, _ := strings.Cut(pkg+"/", "/internal/")
	return strings.TrimSuffix(before, "/")
}

func TestStrayArrowsCanFail(t *testing.T) {
	table := map[string][]string{"a": {}, "b": {"a"}, "b/c": {"a"}, "cmd/x": {everything}}
	tests := []struct {
		name, from, to string
		test           bool
		want           string // "" when allowed
	}{
		{"named in the row", "b", "a", false, ""},
		{"against the road", "a", "b", false, "allowed are []"},
		{"not in the row", "b", "b/c", false, `allowed are ["a"]`},
		{"a parent is no licence", "b/c", "b", false, `allowed are ["a"]`},
		{"against the road in a test", "a", "b", true, ""},
		{"itself, from its external test", "a", "a", true, ""},
		{"the command imports all", "cmd/x", "b/c", false, ""},
		{"the command is imported", "b", "cmd/x", false, "nothing imports a command"},
		{"the command is imported by a test", "b", "cmd/x", true, "nothing imports a command"},
		{"a command by a command", "cmd/x", "cmd/y", false, "nothing imports a command"},
		{"an unknown importer", "d", "a", false, "importing package has no row"},
		{"an unknown importer's test", "d", "a", true, "importing package has no row"},
		{"an unknown import", "b", "d", false, "imported package has no row"},
		{"an unknown import by a test", "b", "d", true, "imported package has no row"},
		{"an unknown package below a known one", "b", "a/d", false, "imported package has no row"},
		{"the command imports an unknown one", "cmd/x", "d", false, "imported package has no row"},
		{"a root internal package", "b", "internal/d", false, "imported package has no row"},
		{"own internal", "b", "b/internal/d", false, ""},
		{"internal of an import", "b", "a/internal/d", false, "internal to a"},
		{"internal of another, by a test", "a", "b/internal/d", true, "internal to b"},
		{"internal of another, by the command", "cmd/x", "b/internal/d", false, "internal to b"},
		{"internal to internal of one owner", "b/internal/d", "b/internal/e", false, ""},
		{"internal imports what its owner may", "b/internal/d", "a", false, ""},
		{"internal imports what its owner may not", "a/internal/d", "b", false, "allowed are []"},
		{"internal imports its owner", "a/internal/d", "a", false, ""},
		{"the command's own internal", "cmd/x", "cmd/x/internal/d", false, ""},
		{"the command's internal, by another", "b", "cmd/x/internal/d", false, "nothing imports a command"},
		{"internal's test imports its owner", "a/internal/d", "a", true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strayArrows([]imported{{from: tt.from, to: tt.to, file: "f.go", ours: true, test: tt.test}}, table)
			if len(got) > 1 || (len(got) == 1) != (tt.want != "") || !strings.Contains(strings.Join(got, ""), tt.want) {
				t.Errorf("%s → %s: %q, want %q", tt.from, tt.to, got, tt.want)
			}
		})
	}
	foreign := []imported{{from: "a", to: "example.com/b", file: "a/a.go"}, {from: "d", to: "fmt", file: "d/d.go"}}
	if got := strayArrows(foreign, table); len(got) != 1 || !strings.HasPrefix(got[0], "d/d.go: d imports fmt") {
		t.Errorf("imports of others: %q, want only the unknown importer", got)
	}
}

// The table above is DESIGN.md's, where that lies beside this checkout.
func TestArrowsAreTheDesigns(t *testing.T) {
	name := filepath.Join(root(t), "..", "shared", "DESIGN.md")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Skip("no design to compare with: ", err)
	}
	design := designTable(string(data))
	for pkg, want := range design {
		got := slices.Sorted(slices.Values(arrows[pkg]))
		if arrows[pkg] == nil || !slices.Equal(got, want) {
			t.Errorf("%s may import %q, DESIGN.md says %q", pkg, got, want)
		}
	}
	if len(design) != len(arrows) {
		t.Errorf("%d packages, DESIGN.md has %d", len(arrows), len(design))
	}
}

// designTable reads the rows "| package | … | imports of ours |". There, capture means signals/capture.
func designTable(md string) map[string][]string {
	table := map[string][]string{}
	in := false
	for line := range strings.Lines(md) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		name, last := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[len(cells)-1])
		switch {
		case name == "package" && last == "imports of ours":
			in = true
		case len(cells) < 4:
			in = false
		case in && !strings.HasPrefix(name, "-"):
			table[name] = []string{}
			if last == "everything; nothing imports it" {
				table[name] = []string{everything}
			} else if last != "none" && last != "–" {
				table[name] = strings.Split(last, ", ")
			}
		}
	}
	for _, row := range table {
		for i, short := range row {
			if long := path.Join("signals", short); table[short] == nil && table[long] != nil {
				row[i] = long
			}
		}
		slices.Sort(row)
	}
	return table
}

// root is the module's folder; tests run in their package's.
func root(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..")
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || !strings.HasPrefix(string(data), "module "+module+"\n") {
		t.Fatalf("%s is not the module's folder: %v", dir, err)
	}
	return dir
}
