package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// README.md shows commands in console blocks: a line that begins with "$ " and
// below it all that the command prints, standard output first. Each is run and
// compared. They run in a folder with what readmeFiles makes.
// SCRAPEBOOK_UPDATE=1 writes what they print into the README.
func TestReadme(t *testing.T) {
	path := filepath.Join("..", "..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NO_COLOR", "1")
	if path, err = filepath.Abs(path); err != nil {
		t.Fatal(err)
	}
	readmeFiles(t)
	got, ran := runBlocks(t, string(text))
	if ran < 5 {
		t.Fatalf("only %d commands were found in README.md", ran)
	}
	if got == string(text) {
		return
	}
	if os.Getenv("SCRAPEBOOK_UPDATE") == "1" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("README.md is not what its commands print (SCRAPEBOOK_UPDATE=1 go test ./cmd/scrapebook writes it):\n%s", firstDifference(string(text), got))
}

// readmeFiles makes what the README's commands work on, and goes there:
//
//	nodes/node1_metrics.txt … node4_metrics.txt   of each target of demo:incident the scrape
//	                                              at 07:15:02, which is the time of the file, too
//	bundle/before/node-a.txt … after/node-c.txt   of three targets the scrapes at 07:13:30 and
//	                                              07:14:30, of which their files tell the times
func readmeFiles(t *testing.T) {
	t.Helper()
	fsys, err := fixtures.FS("incident")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.Mkdir("nodes", 0o777); err != nil {
		t.Fatal(err)
	}
	c, err := capture.Open(fsys, "incident", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	saved := time.Date(2026, 11, 21, 7, 15, 0, 0, time.UTC)
	made := map[*capture.Target]bool{}
	for stream := c.Stream(); stream.Next(); {
		s := stream.Scrape()
		if s.Time < saved.UnixMilli() || made[s.Target] {
			continue
		}
		made[s.Target] = true
		file := fmt.Sprintf("nodes/node%d_metrics.txt", slices.Index(c.Targets, s.Target)+1)
		if err := os.WriteFile(file, s.Body, 0o666); err != nil {
			t.Fatal(err)
		}
		at := time.UnixMilli(s.Time)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if len(made) != 4 {
		t.Fatalf("%d targets have a scrape at 07:15, want 4", len(made))
	}
	bundle(t, c, "before", saved.Add(-90*time.Second))
	bundle(t, c, "after", saved.Add(-30*time.Second))
}

// bundle writes the first scrapes from a time on of three nodes into a folder
// of the bundle.
func bundle(t *testing.T, c *capture.Capture, folder string, from time.Time) {
	t.Helper()
	dir := filepath.Join("bundle", folder)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	made := 0
	for stream := c.Stream(); stream.Next() && made < 3; {
		s := stream.Scrape()
		file := filepath.Join(dir, s.Target.Instance+".txt")
		if _, err := os.Stat(file); err == nil || s.Time < from.UnixMilli() || strings.Contains(file, "node-d") {
			continue
		}
		if err := os.WriteFile(file, s.Body, 0o666); err != nil {
			t.Fatal(err)
		}
		at := time.UnixMilli(s.Time)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
		made++
	}
	if made != 3 {
		t.Fatalf("%s: %d nodes, want 3", folder, made)
	}
}

// runBlocks returns text with the output of every command in its place.
func runBlocks(t *testing.T, text string) (string, int) {
	var out strings.Builder
	ran, inBlock, skip := 0, false, false
	for line := range strings.Lines(text) {
		switch {
		case !inBlock:
			inBlock = line == "```console\n"
			out.WriteString(line)
		case line == "```\n":
			inBlock, skip = false, false
			out.WriteString(line)
		case strings.HasPrefix(line, "$ "):
			out.WriteString(line)
			out.WriteString(runLine(t, strings.TrimPrefix(line, "$ ")))
			ran, skip = ran+1, true
		case !skip:
			t.Fatalf("a console block begins with a command, not with %q", line)
		}
	}
	return out.String(), ran
}

// runLine runs one command line, quoted with single quotes if at all.
func runLine(t *testing.T, line string) string {
	t.Helper()
	var args []string
	for i, part := range strings.Split(strings.TrimSpace(line), "'") {
		if i%2 == 1 {
			args = append(args, part)
		} else {
			args = append(args, strings.Fields(part)...)
		}
	}
	if args[0] != "scrapebook" {
		t.Fatalf("README.md: %s is not run by this test: indent it by four blanks instead", args[0])
	}
	var stdout, stderr bytes.Buffer
	run(args[1:], strings.NewReader(""), &stdout, &stderr)
	return stdout.String() + stderr.String()
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "README: " + w[i] + "\ngot:    " + g[i]
		}
	}
	return "one of them is longer"
}

// The test above would pass on nothing if it could not tell a difference.
func TestReadmeCanFail(t *testing.T) {
	const text = "```console\n$ scrapebook --version\nsomething else\n```\n"
	got, ran := runBlocks(t, text)
	if ran != 1 || got == text || !strings.Contains(got, version) {
		t.Errorf("ran %d, got %q", ran, got)
	}
}

// What the README shows of tests is the example's, which runs, and its failure.
func TestReadmeShowsTheExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for file, fence := range map[string]string{"exporter_test.go": "```go\n", "testdata/failure.txt": "```text\n"} {
		want, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "golden", "example", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), fence+string(want)+"```\n") {
			t.Errorf("README.md does not show fixtures/golden/example/%s as it is", file)
		}
	}
}
