package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/manual"
)

// README.md and the topics of signals/manual show commands in console blocks: a
// line that begins with "$ " and below it all that the command prints, standard
// output first. Each is run and compared. They run in a folder with what
// readmeFiles makes. SCRAPEBOOK_UPDATE=1 writes what they print.
func TestReadme(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	t.Setenv("COLUMNS", "80") // README shows a screen
	for name, path := range pages(t) {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			readmeFiles(t)
			got, ran := runBlocks(t, string(text))
			if blocks := strings.Count(string(text), "```console\n"); ran < blocks || name == "README.md" && ran < 5 {
				t.Fatalf("only %d commands were found", ran)
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
			t.Errorf("%s is not what its commands print (SCRAPEBOOK_UPDATE=1 go test ./cmd/scrapebook -run 'TestReadme$' writes it):\n%s", name, firstDifference(string(text), got))
		})
	}
}

// pages are the paths of README.md and of the topics, by their names.
func pages(t *testing.T) map[string]string {
	t.Helper()
	top, err := filepath.Abs(root(t)) // tests go elsewhere
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"README.md": filepath.Join(top, "README.md")}
	for _, topic := range manual.Topics() {
		all[topic.Name+".md"] = filepath.Join(top, "signals", "manual", "topics", topic.Name+".md")
	}
	return all
}

// Who opens README.md reads it to the end.
func TestReadmeIsShort(t *testing.T) {
	const most = 14 << 10
	text, err := os.ReadFile(pages(t)["README.md"])
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > most {
		t.Errorf("README.md has %d bytes, %d at most: what users look up goes into signals/manual/topics", len(text), most)
	}
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
		t.Fatalf("%s is not run by this test: indent it by four blanks instead", args[0])
	}
	var stdout, stderr bytes.Buffer
	run(args[1:], strings.NewReader(""), &stdout, &stderr)
	return stdout.String() + stderr.String()
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "page: " + w[i] + "\ngot:  " + g[i]
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

// What the topic of exporters shows of tests is the example's, which runs, and
// its failure.
func TestTopicShowsTheExample(t *testing.T) {
	text, err := os.ReadFile(pages(t)["exporters.md"])
	if err != nil {
		t.Fatal(err)
	}
	for file, fence := range map[string]string{"exporter_test.go": "```go\n", "testdata/failure.txt": "```text\n"} {
		want, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "golden", "example", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), fence+string(want)+"```\n") {
			t.Errorf("the topic exporters does not show fixtures/golden/example/%s as it is", file)
		}
	}
}

// The program that the README shows to users of the library is compiled and
// replays the folder that it names.
func TestReadmeProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a program")
	}
	dir := t.TempDir()
	if code := run([]string{"fixtures", "extract", "incident", "-o", filepath.Join(dir, "incident")}, nil, io.Discard, os.Stderr); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	source, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	if err := os.WriteFile(source, pageBlock(t, "README.md", "go", "func main"), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, source)
	build.Dir = root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	replays := exec.Command(program)
	replays.Dir = dir
	out, err := replays.CombinedOutput()
	const want = "node-a firing 2026-11-21 07:15:40.483 +0000 UTC 2026-11-21 07:16:20.483 +0000 UTC\n" +
		"node-c firing 2026-11-21 07:17:40.483 +0000 UTC 2026-11-21 07:20:05.483 +0000 UTC\n"
	if err != nil || string(out) != want {
		t.Errorf("%v: it prints\n%swant\n%s", err, out, want)
	}
}

// pageBlock is the first block in a language that holds a text.
func pageBlock(t *testing.T, page, language, holds string) []byte {
	t.Helper()
	text, err := os.ReadFile(pages(t)[page])
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "\n```"+language+"\n")[1:] {
		if block, _, ok := strings.Cut(part, "\n```\n"); ok && strings.Contains(block, holds) {
			return []byte(block + "\n")
		}
	}
	t.Fatalf("%s has no block of %s with %s", page, language, holds)
	return nil
}
