package serve

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/prometheus/util/httputil"

	"github.com/scrapebook/scrapebook/signals/report/html"
)

//go:embed web
var web embed.FS

// The parts of pages that are this package's own, read with the first page.
var pageTemplates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"text": html.Text}).ParseFS(web, "web/*.tmpl"))
})

// pagePolicy lets a page use what is served here: styles, the script, and what
// the script asks. Nothing else is loaded, and nobody may put it into a frame.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// A view is what a page is made of. A failure gives a page that says so.
type view func(*request) (html.Document, *failure)

// A place is a page by its path. Those that have a name are linked to.
type place struct {
	path, name string
	when       moment
	view       view
}

// places are all pages, in the order of the links to them.
func (h *Handler) places() []place {
	return []place{
		{"/{$}", "Capture", afterwards, h.captureView},
		{"/alerts", "Alerts", afterwards, h.alertsView},
		{"/signals", "Golden signals", afterwards, h.signalsView},
		{"/explore", "Explore", atOnce, h.exploreView},
		{"/problems", "Problems", afterwards, h.problemsView},
		{"/api", "API", atOnce, h.apiView},
		{"/rules/{group}/{name}", "", afterwards, h.ruleView},
	}
}

// pages adds all pages, and what they are made of, to the routes.
func (h *Handler) pages(mux *http.ServeMux) {
	for _, v := range h.places() {
		mux.Handle("GET "+v.path, h.page(v.when, v.view))
	}
	styles := html.StyleSheet() + file("page.css")
	mux.Handle("GET /style.css", httputil.CompressionHandler{Handler: static("text/css", styles)})
	mux.Handle("GET /explore.js", httputil.CompressionHandler{Handler: static("text/javascript", file("explore.js"))})
}

// file is one that is embedded.
func file(name string) string {
	text, err := web.ReadFile("web/" + name)
	if err != nil { // it was there when this was compiled
		panic(err)
	}
	return string(text)
}

func static(kind, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind+"; charset=utf-8")
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(text))
	})
}

// page serves a view: as requests of the API, it waits for its turn.
func (h *Handler) page(when moment, v view) http.Handler {
	return httputil.CompressionHandler{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all := h.book.all()
		rq := &request{Request: r, book: all[0], books: all, shift: h.shift(all[0])}
		doc, leave, fail := h.turn(rq, when, v)
		defer leave()
		if fail != nil {
			doc = html.Document{Title: http.StatusText(fail.kind.status), Lead: []string{sentence(fail.err)}}
			if fail.kind == busy {
				w.Header().Set("Retry-After", "10")
			}
		}
		h.furnish(&doc, rq, when)
		w.Header().Set("Content-Security-Policy", pagePolicy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if fail != nil {
			w.WriteHeader(fail.kind.status)
		}
		if doc.Write(w) != nil {
			return // the client has left
		}
		if when == afterwards && fail == nil {
			for _, b := range all {
				b.account.warm(h.timeout())
			}
		}
	})}
}

// turn waits for a request's turn, and makes its page. Leave is never nil.
func (h *Handler) turn(r *request, when moment, v view) (doc html.Document, leave func(), fail *failure) {
	leave = func() {}
	fail, err := form(r.Request)
	if fail != nil {
		return doc, leave, fail
	}
	if err != nil {
		return doc, leave, bad(err)
	}
	if when == afterwards {
		if fail := h.gate.await(r.Context(), r.books, h.timeout()); fail != nil {
			return doc, leave, fail
		}
	}
	left, fail := h.gate.enter(r.Context())
	if fail != nil {
		return doc, leave, fail
	}
	doc, fail = v(r)
	return doc, left, fail
}

// sentence is an error as a page tells it.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):] + "."
}

// furnish adds to a page what all have.
func (h *Handler) furnish(doc *html.Document, r *request, when moment) {
	doc.Style = "/style.css"
	for _, v := range h.places() {
		if v.name == "" {
			continue
		}
		path := strings.TrimSuffix(v.path, "{$}")
		doc.Nav = append(doc.Nav, html.Link{Name: v.name, Href: path, Current: r.URL.Path == path})
	}
	doc.Foot = r.name() + "."
	if when == atOnce || h.opts.Clock == ClockCapture { // see ownTimes
		doc.Foot += " " + h.timesNote(r)
	}
}

// name is that of the captures.
func (r *request) name() string {
	var all []string
	for _, b := range r.books {
		all = append(all, cmp.Or(b.name, b.capture.Name))
	}
	return strings.Join(all, ", ")
}

// timesNote says whose times a page tells.
func (h *Handler) timesNote(r *request) string {
	if h.opts.Clock == ClockCapture {
		return "Times are the capture's own."
	}
	goes := "stays the present"
	if h.opts.Clock == ClockRun {
		goes = "time goes on from there"
	}
	return fmt.Sprintf("Times are moved by %s: the capture's end, %s, is called %s, and %s. What is evaluated, and so time(), is the capture's own time.",
		r.shift.Round(time.Second), spell(r.book.end), spell(r.toClient(r.book.end)), goes)
}

// spell is a time as pages tell it.
func spell(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// section makes a part of a page of a template of this package's.
func section(id, title, name string, data any) html.Section {
	var b strings.Builder
	if err := pageTemplates().ExecuteTemplate(&b, name, data); err != nil {
		panic("serve: " + err.Error()) // the template's mistake: data are plain
	}
	return html.Section{ID: id, Title: title, Body: template.HTML(b.String())}
}
