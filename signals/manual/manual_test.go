package manual

import (
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Each topic has a name that is its file's, a title, and an answer that comes
// first.
func TestTopics(t *testing.T) {
	all := Topics()
	if len(all) < 5 {
		t.Fatalf("%d topics", len(all))
	}
	for _, topic := range all {
		if _, err := files.ReadFile("topics/" + topic.Name + ".md"); err != nil {
			t.Errorf("%q: %v", topic.Name, err)
		}
		if topic.Title == "" || topic.Text == "" || strings.HasPrefix(topic.Text, "#") {
			t.Errorf("%s: title %q, and its text begins with %.20q", topic.Name, topic.Title, topic.Text)
		}
		if found, ok := Find(strings.ToUpper(topic.Name)); !ok || found.Title != topic.Title {
			t.Errorf("%s is not found in capitals", topic.Name)
		}
	}
	if _, ok := Find("none"); ok {
		t.Error("a topic is found that is not there")
	}
}

const sample = `First some ` + "`code with blanks`" + ` and
a second line.

## A heading

- an item that is folded where it passes the width
- another
  that goes on

    indented
      more

` + "```console\n$ command\nwhat it prints, however long that line is, to the end\n```" + `

` + "```yaml\na:\n\n  b\n```\n"

func TestWrite(t *testing.T) {
	for _, tt := range []struct {
		name  string
		style Style
		want  string
	}{
		{"a pipe", Style{Width: 35}, `X: A PAGE

First some ` + "`code with blanks`" + ` and a
second line.

A HEADING

- an item that is folded where it
  passes the width
- another that goes on

  indented
    more

$ command
what it prints, however long that line is, to the end

  a:

    b
`},
		{"a terminal", Style{Width: 20, Color: true}, "\x1b[1mx: a page\x1b[0m\n\nFirst some\n\x1b[1mcode with blanks\x1b[0m and\na second line.\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			if err := (Topic{Name: "x", Title: "a page", Text: sample}).Write(&out, tt.style); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); !strings.HasPrefix(got, tt.want) || !tt.style.Color && got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// Text is folded at any width; blocks and single long words are as they are.
func TestTopicsFit(t *testing.T) {
	for _, width := range []int{40, 60, 80, 120} {
		for _, topic := range Topics() {
			var out strings.Builder
			inBlock := false
			for line := range strings.Lines(topic.Text) { // without blocks
				if strings.HasPrefix(line, "```") {
					inBlock = !inBlock
				} else if !inBlock && !strings.HasPrefix(line, "    ") {
					out.WriteString(line)
				}
			}
			p := page{Style: Style{Width: width}}
			p.text(out.String())
			for line := range strings.Lines(p.out.String()) {
				line = strings.TrimRight(line, "\n")
				if terminal.Width(line) > width && strings.Contains(oneWord(line), " ") {
					t.Errorf("%s at %d: %q", topic.Name, width, line)
				}
			}
		}
	}
}

// oneWord is a line without the mark of an item, and with code that stays on a
// line as a word.
func oneWord(line string) string {
	line = strings.TrimSpace(strings.TrimPrefix(line, "- "))
	for i, part := range strings.Split(line, "`") {
		if i%2 == 1 && len(part) <= unbroken {
			line = strings.Replace(line, part, strings.ReplaceAll(part, " ", "_"), 1)
		}
	}
	return line
}
