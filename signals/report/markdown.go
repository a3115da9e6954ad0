package report

import (
	"html"
	"strings"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Markdown writes results as GitHub's Markdown, for pull requests and chats.
type Markdown struct{}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "@", "&#64;", "#", `\#`, "~", `\~`)

// markdown is text that means nothing else: no markup, no HTML, no mention.
func markdown(s string) string {
	return markdownEscapes.Replace(html.EscapeString(terminal.Clean(s)))
}

// markdownCode is text as code, in a cell of a table as well.
func markdownCode(s string) string {
	return "<code>" + markdown(s) + "</code>"
}
