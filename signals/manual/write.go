package manual

import (
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Style says for what a page is written.
type Style struct {
	Width int  // columns to fill; blocks are as wide as they are
	Color bool // headings and code are bold, else capitals and in backquotes
}

// Write writes the page.
func (t Topic) Write(w io.Writer, s Style) error {
	p := page{Style: s}
	p.heading(t.Name + ": " + t.Title)
	p.text(t.Text)
	_, err := io.WriteString(w, strings.TrimRight(p.out.String(), "\n")+"\n")
	return err
}

// page is Markdown on its way to a terminal.
type page struct {
	Style
	out strings.Builder
}

// listsIDs begins a line in whose place the ids of a package stand.
const listsIDs = "<!-- ids: "

// unbroken is how long code with blanks in it may be to stay on one line.
const unbroken = 40

func (p *page) heading(s string) {
	if !p.Color {
		s = strings.ToUpper(s)
	}
	p.title(s)
}

// title writes a heading as it is spelled.
func (p *page) title(s string) {
	if s = terminal.Fold(s, p.Width, 0); p.Color {
		s = "\x1b[1m" + s + "\x1b[0m"
	}
	p.out.WriteString(s + "\n\n")
}

// text writes Markdown, a blank line between two of its parts. What stands
// between fences is left as it is; other blocks are indented by two.
func (p *page) text(text string) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i < len(lines); {
		line := lines[i]
		switch {
		case line == "":
			i++
		case strings.HasPrefix(line, listsIDs):
			p.list(strings.Trim(strings.TrimPrefix(line, listsIDs), " ->"))
			i++
		case strings.HasPrefix(line, "## "):
			p.heading(line[3:])
			i++
		case strings.HasPrefix(line, "```"):
			i = p.fenced(lines, i)
		case strings.HasPrefix(line, "    "):
			for ; i < len(lines) && strings.HasPrefix(lines[i], "    "); i++ {
				p.out.WriteString(lines[i][2:] + "\n")
			}
			p.out.WriteString("\n")
		default:
			i = p.paragraph(lines, i)
		}
	}
}

// fenced writes a block of its own and returns the line behind it.
func (p *page) fenced(lines []string, i int) int {
	indent := "  "
	if lines[i] == "```console" {
		indent = "" // it is as wide as a terminal already
	}
	for i++; i < len(lines) && lines[i] != "```"; i++ {
		if lines[i] != "" {
			p.out.WriteString(indent)
		}
		p.out.WriteString(lines[i] + "\n")
	}
	p.out.WriteString("\n")
	return i + 1
}

// paragraph writes the lines from i up to the next part, folded, and returns
// the line behind them. An item of a list is a paragraph, too.
func (p *page) paragraph(lines []string, i int) int {
	words := []string{lines[i]}
	indent := 0
	if strings.HasPrefix(lines[i], "- ") {
		indent = 2
	}
	for i++; i < len(lines) && lines[i] != "" && !begins(lines[i]); i++ {
		words = append(words, strings.TrimSpace(lines[i]))
	}
	line := terminal.Fold(p.code(strings.Join(words, " ")), p.Width, indent)
	p.out.WriteString(strings.ReplaceAll(line, "\u00a0", " ") + "\n")
	if i >= len(lines) || !strings.HasPrefix(lines[i], "- ") {
		p.out.WriteString("\n")
	}
	return i
}

// begins tells whether a line begins another part, whatever stands before it.
func begins(line string) bool {
	for _, mark := range []string{"- ", "## ", "```"} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	return false
}

// code makes what stands in backquotes bold, and one word unless it is long.
func (p *page) code(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		if len(part) <= unbroken {
			part = strings.ReplaceAll(part, " ", "\u00a0")
		}
		if p.Color {
			b.WriteString("\x1b[1m" + part + "\x1b[0m")
		} else {
			b.WriteString("`" + part + "`")
		}
	}
	return b.String()
}
