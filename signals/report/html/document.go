package html

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/signals/report"
)

// A Document is a whole page.
type Document struct {
	Title    string
	Lead     []string // sentences below the title: the answer first
	Nav      []Link
	Sections []Section
	Foot     string
	Style    string   // address of the style sheet; "": it stands in the page
	Scripts  []string // addresses
}

// A Link leads to another page, or to a Section by "#" and its ID. Addresses
// are the program's own; a query in them is made by url.Values.
type Link struct {
	Name, Href string
	Current    bool // it is the page that is shown
}

// A Section is a part of a page, with a heading.
type Section struct {
	ID, Title string
	Lead      string // a sentence below the heading, or ""
	Body      template.HTML
}

//go:embed style.css
var styleSheet string

// StyleSheet is the one CSS file of all views.
func StyleSheet() string { return styleSheet }

// policy lets a file that stands alone use its own styles and nothing else.
var policy = func() string {
	sum := sha256.Sum256([]byte(styleSheet))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}()

// Write writes the page.
func (d Document) Write(w io.Writer) error {
	return templates().ExecuteTemplate(w, "document.tmpl", struct {
		Document
		Policy string
		CSS    template.CSS
	}{d, policy, template.CSS(styleSheet)})
}

// Text makes text from files fit for a page: what is invisible, or turns the
// direction of a line round, becomes a visible escape, as on a terminal, and of
// a long one the start is kept with how much more there is.
func Text(s string) string { return report.Shorten(s) }

// fragment makes a view of a template. It panics on a template's mistake, which
// every test of the view finds: data are plain.
func fragment(name string, data any) template.HTML {
	var b bytes.Buffer
	if err := templates().ExecuteTemplate(&b, name, data); err != nil {
		panic("html: " + err.Error())
	}
	return template.HTML(strings.TrimSpace(b.String()))
}
