package main

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// Comments are wrapped at 80 columns, so that they can be read beside others.
func TestCommentsFit(t *testing.T) {
	wide, err := wideComments(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range wide {
		t.Error(line)
	}
}

const commentColumns = 80

var (
	aComment     = regexp.MustCompile(`^\s*//`)
	anOutput     = regexp.MustCompile(`^\s*// (Unordered )?[oO]utput:`)
	preformatted = regexp.MustCompile(`^\s*//(go:|\t|   )`)
)

// wideComments lists the lines of nothing but a comment that are too wide, with
// a tab of 4 columns. Left out is what cannot be wrapped: directives, indented
// text, the output of an Example and a single long word.
func wideComments(fsys fs.FS) ([]string, error) {
	var wide []string
	err := fs.WalkDir(fsys, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		inOutput, n := false, 0
		for line := range strings.Lines(string(text)) {
			n++
			line = strings.TrimRight(line, "\r\n")
			if !aComment.MatchString(line) {
				inOutput = false
				continue
			}
			inOutput = inOutput || anOutput.MatchString(line)
			columns := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    "))
			if columns > commentColumns && !inOutput && !preformatted.MatchString(line) && len(strings.Fields(line)) > 2 {
				wide = append(wide, fmt.Sprintf("%s:%d: a comment of %d columns, %d at most", name, n, columns, commentColumns))
			}
		}
		return nil
	})
	return wide, err
}

func TestWideCommentsCanFail(t *testing.T) {
	long := strings.Repeat("word ", 16) // 80 columns with the blank at its end
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"80 columns", "// " + long[:77] + "\n", nil},
		{"81 columns", "// " + long[:78] + "\n", []string{"a.go:1: a comment of 81 columns"}},
		{"characters, not bytes", "// " + strings.Repeat("é ", 38) + "\n", nil},
		{"a tab is four", "x\n\t// " + long[:74] + "\n", []string{"a.go:2: a comment of 81 columns"}},
		{"code", "x := 1 // " + long + "\n", nil},
		{"preformatted", "//\t" + long + "\n//    " + long + "\n", nil},
		{"a directive", "//go:generate " + long + "\n", nil},
		{"a single word", "// https://" + strings.Repeat("x", 100) + "\n", nil},
		{"an Example's output", "\t// Output:\n\t// " + long + "\n", nil},
		{"a comment after the output", "\t// Output:\n}\n// " + long + "\n", []string{"a.go:3: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wideComments(fstest.MapFS{"a.go": {Data: []byte(tt.text)}, "a.txt": {Data: []byte("// " + long + "\n")}})
			if err != nil || !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("%q %v, want %q", got, err, tt.want)
			}
		})
	}
}
