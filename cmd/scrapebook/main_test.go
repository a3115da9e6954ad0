package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestWithVerb(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"here", "query"} {
		if err := os.Mkdir(name, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		args   string
		replay bool
		reason string
	}{
		{"", false, "help is shown"},
		{"here", true, "a directory that exists"},
		{"here -e up", true, "its flags go with it"},
		{".", true, "the current one"},
		{"-", true, "standard input"},
		{"demo:incident", true, "a demo"},
		{"demo:nope", true, "replay knows how to refuse it"},
		{"./missing", true, "a path, though nothing is there: the message is about files"},
		{`C:\missing`, true, "a path on Windows"},
		{"missing", false, "may be a command mistyped"},
		{"query", false, "a command, though a directory is called so"},
		{"replay here", false, "has its verb"},
		{"help", false, "a command of cobra's"},
		{"completion bash", false, "a command of cobra's"},
		{"__complete replay ./", false, "what shells call"},
		{"--version", false, "a flag"},
		{"--format json here", false, "a flag, which is refused with advice"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			args := strings.Fields(tt.args)
			want := args
			if tt.replay {
				want = append([]string{"replay"}, args...)
			}
			if got := withVerb(newRoot(), slices.Clone(args)); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q: %s", got, want, tt.reason)
			}
		})
	}
}

// TestExamplesRun runs what help shows, where it needs nothing but scrapebook.
func TestExamplesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("replays every demo")
	}
	ran := 0
	walk(newRoot(), func(c *cobra.Command) {
		if c.HasParent() && c.Parent().Name() == "completion" || c.Name() == "completion" || c.Name() == "help" {
			return // cobra's own
		}
		if c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			line = strings.TrimSpace(line)
			own := strings.Contains(line, demoPrefix) || strings.HasPrefix(line, "scrapebook fixtures ")
			records := strings.HasPrefix(line, "scrapebook record ") && !strings.Contains(line, "--config") && !strings.Contains(line, "--kube")
			if !strings.HasPrefix(line, "scrapebook ") || !own && !records || strings.Contains(line, " -o ") && !records {
				continue
			}
			ran++
			t.Run(line, func(t *testing.T) {
				var out, errs bytes.Buffer
				words, ctx := shellWords(line)[1:], t.Context()
				stdout := io.Writer(&out)
				if words[0] == "serve" { // to any port, and until it says where
					words = append(words, "--listen", "127.0.0.1:0")
					var stop context.CancelFunc
					ctx, stop = context.WithCancel(ctx)
					stdout = io.MultiWriter(&out, onWrite(stop))
				}
				if words[0] == "push" { // to a server that takes all
					s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
					defer s.Close()
					words[slices.Index(words, "--to")+1] = s.URL
				}
				if records {
					words = recordsHere(t, words)
				}
				code := runContext(ctx, words, strings.NewReader(""), stdout, &errs)
				finds := strings.Contains(line, "--fail-on") || strings.Contains(line, "check config "+demoPrefix) // of what is broken
				if code != 0 && !(code == codeFound && finds) {
					t.Errorf("exit code %d: %s", code, errs.String())
				}
				if out.Len() == 0 {
					t.Error("it prints nothing")
				}
				if asksForJSON(words) {
					if err := checkSchema(words, out.Bytes()); err != nil {
						t.Error(err)
					}
				}
			})
		}
	})
	if ran < 6 {
		t.Errorf("only %d examples ran", ran)
	}
}

// recordsHere makes an example of record one of a target of the test's own,
// into a folder of the test's, for one scrape.
func recordsHere(t *testing.T, words []string) []string {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "a 1\n") }))
	t.Cleanup(target.Close)
	out := []string{words[0], target.URL}
	for i := 1; i < len(words); i++ {
		switch {
		case words[i] == "-o" || words[i] == "--for":
			i++
		case strings.HasPrefix(words[i], "localhost:") || isURL(words[i]):
		default:
			out = append(out, words[i])
		}
	}
	return append(out, "--for", "1ms", "-o", t.TempDir())
}

// onWrite is a writer that calls a function.
type onWrite func()

func (f onWrite) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

func walk(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		walk(sub, f)
	}
}

// shellWords splits at blanks outside of single quotes.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// TestReplayJSON holds the JSON of a replay, names and values, which is a
// contract: later versions add, and never rename.
func TestReplayJSON(t *testing.T) {
	const golden = "testdata/replay-incident.json"
	var out, errs bytes.Buffer
	if code := run([]string{"replay", "demo:incident", "--format", "json"}, nil, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if os.Getenv("SCRAPEBOOK_UPDATE") != "" {
		if err := os.WriteFile(golden, out.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(out.String(), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		if i >= len(gotLines) || i >= len(wantLines) || gotLines[i] != wantLines[i] {
			t.Fatalf("%s:%d differs (SCRAPEBOOK_UPDATE=1 writes it):\n got %q\nwant %q",
				golden, i+1, at(gotLines, i), at(wantLines, i))
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "the end"
}
