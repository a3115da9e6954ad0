package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// Markdown writes results as GitHub's Markdown, for pull requests and chats:
// the answer in the first line, tables below.
type Markdown struct {
	// Text has what stands beside a result, as it has it for a page of text.
	Text Text
}

var markdownEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;",
	`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "$", `\$`,
	"@", "&#64;<!-- -->")

// emoji is what becomes a picture, as may the name of a recording rule.
var emoji = regexp.MustCompile(`:([a-z0-9_\\+-]*[a-z][a-z0-9_\\+-]*):`)

// markdown is text that means nothing else: no markup, no HTML, no mention, no
// picture.
func markdown(s string) string {
	return emoji.ReplaceAllString(markdownEscapes.Replace(Shorten(s)), ":<!-- -->$1:")
}

// markdownCode is text as code, in a cell of a table as well.
func markdownCode(s string) string {
	if s == "" {
		return ""
	}
	return "<code>" + markdownEscapes.Replace(Shorten(s)) + "</code>"
}

// fenced is a block of code, which no line of it ends.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(Shorten(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return fence + language + "\n" + b.String() + fence + "\n"
}

// row writes a row of a table, whose cells are Markdown.
func (p *page) row(cells ...string) { p.printf("| %s |\n", strings.Join(cells, " | ")) }

// head writes the first rows of a table; a column whose name ends in a colon is
// one of numbers.
func (p *page) head(names ...string) {
	lines := make([]string, len(names))
	for i, name := range names {
		lines[i] = "---"
		if name, right := strings.CutSuffix(name, ":"); right {
			names[i], lines[i] = name, "---:"
		}
	}
	p.printf("\n| %s |\n|%s|\n", strings.Join(names, " | "), strings.Join(lines, "|"))
}

// moreMarkdown says how many rows a table has beyond those that are shown.
func (p *page) moreMarkdown(n int, hint string) {
	if n > 0 {
		p.printf("\nand %d more%s\n", n, withHead(": ", markdown(hint), ""))
	}
}

// Report implements Reporter.
func (m Markdown) Report(w io.Writer, res *replay.Result) error {
	m.Text.Width, m.Text.Color = 0, false
	p := newPage(m.Text, newClock(res.Start, res.End))
	words := m.Text.Words(res)
	p.printf("**%s**\n", markdown(words.Answer))
	if len(words.Rules) > 0 {
		p.head("verdict", "alert", "for", "when", "on", "worst", "series:")
	}
	for _, r := range words.Rules[:min(len(words.Rules), maxMarkdownRows)] {
		p.ruleMarkdown(&res.Rules[r.Rule], r)
	}
	p.moreMarkdown(len(words.Rules)-maxMarkdownRows, p.Hints.Whole)
	p.whyMarkdown(words.Rules)
	p.printf("\n")
	for _, line := range words.Capture {
		p.printf("- %s\n", markdown(line))
	}
	for _, part := range words.Passages {
		p.printf("\n### %s\n\n%s", part.Title, fenced("text", part.Text))
	}
	if n := len(words.Problems) + words.Hidden; n > 0 {
		p.head("problem", "place", "severity")
		for _, one := range words.Problems[:min(len(words.Problems), p.MaxProblems)] {
			p.row(markdown(one.Message)+" "+markdown("["+one.ID+"]"), markdownCode(placeOf(one)), string(one.Severity))
		}
		p.moreMarkdown(n-min(len(words.Problems), p.MaxProblems), p.Hints.Whole)
	}
	return p.write(w)
}

// maxMarkdownRows are shown of a table: a comment on GitHub ends at 64 KiB.
const maxMarkdownRows = 100

// ruleMarkdown adds the row of a rule.
func (p *page) ruleMarkdown(r *replay.Rule, words RuleWords) {
	var when, about, worst []string
	rows := p.when(*r)
	for _, one := range rows[:min(len(rows), maxRows)] {
		when, about, worst = append(when, one.when), append(about, markdownCode(one.on)), append(worst, markdown(one.worst))
	}
	if n := len(rows) - maxRows; n > 0 {
		when = append(when, fmt.Sprintf("and %d more", n))
	}
	if len(rows) == 0 {
		worst = []string{markdown(words.Closest)}
	}
	p.row("**"+string(r.Verdict)+"**", markdownCode(words.Name), words.For,
		strings.Join(when, "<br>"), strings.Join(about, "<br>"), strings.Join(worst, "<br>"), words.Seen)
}

// whyMarkdown lists the sentences that Text has below its table.
func (p *page) whyMarkdown(list []RuleWords) {
	var b strings.Builder
	for _, r := range list {
		for n, f := range r.Why {
			if p.leaves(n, f) {
				continue
			}
			b.WriteString("- " + markdown(f.Text) + "\n")
			for _, t := range f.Try {
				b.WriteString("  - tried: " + markdown(t.Change) + ": " + markdown(t.Outcome) + "\n")
			}
		}
		for _, note := range r.Notes[:min(len(r.Notes), maxAnnotations)] {
			b.WriteString("- " + markdownCode(r.Name) + ": " + markdown(note) + "\n")
		}
	}
	if b.Len() > 0 {
		p.printf("\n%s", b.String())
	}
}

// Signals writes golden signals: the headlines, then what is bad.
func (m Markdown) Signals(w io.Writer, name string, b *packs.Result) error {
	words := m.Text.BoardWords(name, b)
	p := newPage(m.Text, clock{})
	p.printf("**%s**\n\n%s\n", markdown(words.Answer), markdown(words.Head))
	for _, pack := range words.Packs {
		p.printf("\n### %s\n", markdown(pack.Title))
		p.head("concern", "level", "signal", "worst:", "where and when")
		for _, h := range pack.Headlines {
			p.row(h.Concern, "**"+h.Level+"**", markdown(h.Title), markdown(h.Worst), markdown(h.Where))
		}
		var bad []SignalWords
		for _, one := range pack.Rows {
			if one.Level == string(packs.Bad) {
				bad = append(bad, one)
			}
		}
		if len(bad) > 0 {
			p.head("bad signal", "target", "worst:", "when")
		}
		for _, one := range bad[:min(len(bad), maxMarkdownRows)] {
			p.row(markdown(one.Title), markdownCode(one.Target), markdown(one.Worst), markdown(one.Note))
		}
		p.moreMarkdown(len(bad)-maxMarkdownRows, p.Hints.Whole)
	}
	if words.Skipped != "" {
		p.printf("\n%s\n", markdown(words.Skipped))
	}
	return p.write(w)
}

// Explain writes the trees of some rules of a result, and their findings.
func (m Markdown) Explain(w io.Writer, res *replay.Result, trees []*verdict.Tree) error {
	p := newPage(m.Text, clock{})
	for i, tree := range trees {
		if i > 0 {
			p.printf("\n")
		}
		words, rule := m.Text.TreeWords(res, tree), m.Text.RuleWords(res, tree.Rule)
		p.printf("**%s**\n\n", markdown(words.Head))
		if words.Error != "" {
			p.printf("%s\n\n", markdown(words.Error))
		}
		p.printf("%s", fenced("promql", res.Rules[tree.Rule].Expr))
		p.head("expression", "series:", "values", "course")
		for _, n := range words.Nodes[:min(len(words.Nodes), maxMarkdownRows)] {
			cause := ""
			if n.Cause != "" {
				cause = "<br>^ " + markdown(n.Cause)
			}
			p.row(strings.Repeat("&nbsp;", min(n.Depth, 16))+markdownCode(n.Expr)+cause, n.Series, markdown(n.Values), n.Course)
		}
		p.moreMarkdown(len(words.Nodes)-maxMarkdownRows, p.Hints.Whole)
		if words.Notes != "" {
			p.printf("\n%s", fenced("text", words.Notes))
		}
		p.findingsMarkdown(rule.Why)
	}
	return p.write(w)
}

func (p *page) findingsMarkdown(list []verdict.Finding) {
	if len(list) > 0 {
		p.printf("\n")
	}
	for _, f := range list {
		p.printf("- **%s**: %s\n", f.ID, markdown(f.Text))
		for _, t := range f.Try {
			mark := ""
			if t.Likely {
				mark = " (probably meant)"
			}
			p.printf("  - tried %s%s: %s\n", markdown(t.Change), mark, markdown(t.Outcome))
		}
		if f.Untried > 0 {
			p.printf("  - not tried: %s\n", count(f.Untried, "change"))
		}
	}
}

// Differences writes what differs, target by target, and what there is to say
// of the rest.
func (m Markdown) Differences(w io.Writer, words DifferencesWords) error {
	p := newPage(m.Text, clock{})
	p.printf("**%s**\n", markdown(words.Answer))
	for _, d := range words.Targets {
		if d.Target != "" {
			p.printf("\n### %s\n", markdownCode(d.Target))
		}
		for _, line := range d.Head {
			if line != words.Answer {
				p.printf("\n%s\n", markdown(line))
			}
		}
		if len(d.Moves) > 0 {
			p.head("kind", "series", strings.ToLower(d.Change))
		}
		for _, move := range d.Moves {
			p.row(move.Kind, markdownCode(move.Series), markdown(move.Change))
		}
		p.moreMarkdown(d.More, p.Hints.Rows)
	}
	for _, line := range words.Rest {
		p.printf("\n%s\n", markdown(line))
	}
	return p.write(w)
}
