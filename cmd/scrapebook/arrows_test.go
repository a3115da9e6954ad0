package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/scrapebook/scrapebook"

// everything allows all packages but those below cmd, which nothing imports.
const everything = "everything"

// readArrows returns what each package may import of ours, as the tables of
// signals/DESIGN.md say. A package without a row may not exist: whoever adds
// one decides its place first.
func readArrows(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root(t), "signals", "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := arrowsTable(string(page))
	if err != nil {
		t.Fatal("signals/DESIGN.md: ", err)
	}
	return table
}

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
	for _, wrong := range strayArrows(imports, readArrows(t)) {
		t.Error(wrong)
	}
}

// imported is one import of one file, both sides without the module's path when
// they are ours.
type imported struct {
	from, to, file string
	ours, test     bool // to is ours; file is a test
}

// strayArrows returns a line for each import that the table does not allow.
//
//   - A package imports what its row names.
//   - X/internal/… belongs to X: it may import X, what X may and what else is
//     internal to X; X and its internal packages alone may import it. One with
//     a row of its own belongs to itself, and to packages whose rows name it.
//   - Tests may import any package but the command: what a test needs reaches
//     no importer.
//   - Nothing imports the command.
func strayArrows(imports []imported, table map[string][]string) []string {
	var wrong []string
	say := func(i imported, why string) {
		wrong = append(wrong, fmt.Sprintf("%s: %s imports %s: %s", i.file, i.from, i.to, why))
	}
	for _, i := range imports {
		from, to := owner(i.from, table), owner(i.to, table)
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

// owner is the package that an internal one without a row belongs to, and any
// other package itself.
func owner(pkg string, table map[string][]string) string {
	if table[pkg] != nil {
		return pkg
	}
	before, _, _ := strings.Cut(pkg+"/", "/internal/")
	return strings.TrimSuffix(before, "/")
}

func TestStrayArrowsCanFail(t *testing.T) {
	table := map[string][]string{"a": {}, "b": {"a"}, "b/c": {"a", "b/internal/shared"}, "b/internal/shared": {}, "cmd/x": {everything}}
	tests := []struct {
		name, from, to string
		test           bool
		want           string // "" when allowed
	}{
		{"named in the row", "b", "a", false, ""},
		{"against the road", "a", "b", false, "allowed are []"},
		{"not in the row", "b", "b/c", false, `allowed are ["a"]`},
		{"a parent is no licence", "b/c", "b", false, `allowed are ["a" "b/internal/shared"]`},
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
		{"an internal one that the row names", "b/c", "b/internal/shared", false, ""},
		{"an internal one with a row that this row does not name", "b", "b/internal/shared", false, `allowed are ["a"]`},
		{"what is internal to another, below it", "b/c", "b/internal/d", false, "internal to b"},
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

// The page's own table must refuse arrows that point against the road, or the
// test above would prove nothing about the house.
func TestArrowsRefuseMadeUpOnes(t *testing.T) {
	table := readArrows(t)
	for _, tt := range []struct{ name, from, to, want string }{
		{"back along the road", "signals/capture", "signals/replay", "allowed are"},
		{"a light package takes a heavy one", "signals", "signals/replay", "allowed are"},
		{"a leaf imports its neighbour", "histogram", "expfmt", "allowed are []"},
		{"the parser knows of captures", "expfmt", "signals/capture", "allowed are []"},
		{"a library imports the command", "signals/report", "cmd/scrapebook", "nothing imports a command"},
		{"a package that no row names", "signals/attic", "expfmt", "importing package has no row"},
		{"an import that no row names", "signals/replay", "signals/attic", "imported package has no row"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strayArrows([]imported{{from: tt.from, to: tt.to, file: "f.go", ours: true}}, table)
			if len(got) != 1 || !strings.Contains(got[0], tt.want) {
				t.Errorf("%s → %s: %q, want %q", tt.from, tt.to, got, tt.want)
			}
		})
	}
}

// arrowsTable reads the rows of tables whose columns begin with "package" and
// end with "may import". It is an error when there is none, when a package has
// two rows, and when a row names a package that has none.
func arrowsTable(page string) (map[string][]string, error) {
	table := map[string][]string{}
	in := false
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		name, last := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[len(cells)-1])
		switch {
		case name == "package" && last == "may import":
			in = true
		case len(cells) < 4:
			in = false
		case in && !strings.HasPrefix(name, "-"):
			if table[name] != nil {
				return nil, fmt.Errorf("%s has two rows", name)
			}
			table[name] = []string{}
			if last != "none" {
				table[name] = strings.Split(last, ", ")
			}
		}
	}
	if len(table) == 0 {
		return nil, errors.New("no table of packages was found")
	}
	for name, row := range table {
		for _, to := range row {
			if to != everything && table[to] == nil {
				return nil, fmt.Errorf("the row of %s names %q, which has no row", name, to)
			}
		}
	}
	return table, nil
}

func TestArrowsTable(t *testing.T) {
	const head = "| package | for | types | may import |\n|---|---|---|---|\n"
	for _, tt := range []struct {
		name, page string
		want       map[string][]string
		err        string
	}{
		{"rows", head + "| a | x | y | none |\n| b | x | y | a |\n| c | x | y | a, b |\n", map[string][]string{"a": {}, "b": {"a"}, "c": {"a", "b"}}, ""},
		{"two tables and a text between", head + "| a | x | y | none |\n\ntext\n\n" + head + "| b | x | y | a |\n", map[string][]string{"a": {}, "b": {"a"}}, ""},
		{"another table", "| name | for | types | say |\n|---|---|---|---|\n| a | x | y | none |\n", nil, "no table"},
		{"nothing", "", nil, "no table"},
		{"a package twice", head + "| a | x | y | none |\n| a | x | y | none |\n", nil, "a has two rows"},
		{"a name without a row", head + "| a | x | y | b |\n", nil, `"b", which has no row`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := arrowsTable(tt.page)
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error %v, want %q", err, tt.err)
			}
			if !maps.EqualFunc(got, tt.want, slices.Equal) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
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
