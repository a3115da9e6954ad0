package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A caseRow is what somebody had, what was asked of it, and the right answer.
// The rows stand in files of their own, by kind.
type caseRow struct {
	name, reason string
	files        []string // path and content, by turns
	args         []string // @ before a path stands for the folder of the files
	want         []string // stand in the output, in this order
	never        []string // do not
	said         []string // stand in the messages
	code         int
}

// runCases runs the command on each row. A row without a name, a reason or
// anything that could fail is a mistake.
func runCases(t *testing.T, rows []caseRow) {
	t.Helper()
	for _, row := range rows {
		if row.name == "" || row.reason == "" || len(row.want)+len(row.said) == 0 {
			t.Errorf("%q needs a name, a reason and something to hold", row.name)
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			for i := 0; i+1 < len(row.files); i += 2 {
				file := filepath.Join(dir, filepath.FromSlash(row.files[i]))
				if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(row.files[i+1]), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			var args []string
			for _, a := range row.args {
				if rest, ok := strings.CutPrefix(a, "@"); ok {
					a = filepath.Join(dir, filepath.FromSlash(rest))
				}
				args = append(args, a)
			}
			var stdout, stderr bytes.Buffer
			code := run(args, strings.NewReader(""), &stdout, &stderr)
			if code != row.code {
				t.Errorf("%s: exit code %d, want %d", row.reason, code, row.code)
			}
			if asksForJSON(args) && stdout.Len() > 0 {
				if err := checkSchema(args, stdout.Bytes()); err != nil {
					t.Error(err)
				}
			}
			rest := stdout.String()
			for _, w := range row.want {
				_, after, ok := strings.Cut(rest, w)
				if !ok {
					t.Fatalf("%s: %q is not in the output behind what stands before it:\n%s\n%s", row.reason, w, &stdout, &stderr)
				}
				rest = after
			}
			for _, w := range row.never {
				if strings.Contains(stdout.String(), w) {
					t.Errorf("%s: %q is in the output:\n%s", row.reason, w, &stdout)
				}
			}
			for _, w := range row.said {
				if !strings.Contains(stderr.String(), w) {
					t.Errorf("%s: %q is not said:\n%s", row.reason, w, &stderr)
				}
			}
		})
	}
}
