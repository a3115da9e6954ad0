package html

import (
	"embed"
	"html/template"
	"strings"
	"sync"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

//go:embed *.tmpl
var templateFiles embed.FS

// templates are read when a page is first written, not at every start.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"text": Text, "lines": lines}).ParseFS(templateFiles, "*.tmpl"))
})

// lines is Text of several lines.
func lines(s string) string {
	list := strings.Split(s, "\n")
	if n := len(list) - maxLines; n > 0 {
		list = append(list[:maxLines], "and "+terminal.Plural(n, "more line", "more lines"))
	}
	for i := range list {
		list[i] = Text(list[i])
	}
	return strings.Join(list, "\n")
}

// maxLines are shown of a text.
const maxLines = 500
