package scrapeconfig

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

// shape is what may stand at a place of a configuration.
type shape struct {
	keys map[string]*shape // of a mapping
	open bool              // a mapping of any keys
	item *shape            // of a list
}

// shapeOf is that of a Go type that YAML is read into; a type without keys is a
// scalar.
func shapeOf(t reflect.Type) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	s := &shape{}
	switch t.Kind() {
	case reflect.Slice:
		s.item = shapeOf(t.Elem())
	case reflect.Map:
		s.open = true
		s.item = shapeOf(t.Elem()).item // params: lists by name
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			switch {
			case option == "inline" && f.Type.Kind() == reflect.Struct:
				for k, v := range shapeOf(f.Type).keys {
					s.set(k, v)
				}
			case name != "" && name != "-":
				s.set(name, shapeOf(f.Type))
			}
		}
	}
	return s
}

func (s *shape) set(key string, v *shape) {
	if s.keys == nil {
		s.keys = map[string]*shape{}
	}
	s.keys[key] = v
}

// shapes are those of a job and of a whole configuration.
func shapes() (job, config *shape) {
	job = shapeOf(settingsType)
	job.set("relabel_configs", shapeOf(reflect.TypeFor[[]relabel.Config]()))
	job.set("metric_relabel_configs", shapeOf(reflect.TypeFor[[]relabel.Config]()))
	job.set("kubernetes_sd_configs", shapeOf(reflect.TypeFor[[]discovery.Kubernetes]()))
	job.set("file_sd_configs", shapeOf(reflect.TypeFor[[]discovery.Files]()))
	job.set("static_configs", &shape{item: &shape{keys: map[string]*shape{"targets": {item: &shape{}}, "labels": {open: true}}}})
	section := shapeOf(reflect.TypeFor[global]())
	section.set("external_labels", &shape{open: true})
	return job, &shape{keys: map[string]*shape{"global": section, "rule_files": {item: &shape{}}, "scrape_configs": {item: job}}}
}

// open is a mapping or list that lines may still belong to.
type open struct {
	shape  *shape
	column int  // where its keys or dashes are written, from 0
	list   bool // lines of it begin with a dash
}

// indenter gives lines the indentation that their keys need.
type indenter struct {
	stack []open
	out   strings.Builder
	moved map[int][2]int // by line of the result: line of the text, and columns that it was moved to the left
	lines int
	first int // line of the text whose indentation is wrong; 0: none
	why   string

	comments []comment // that stand before the next line
}

type comment struct {
	line int
	text string
}

var keyLine = regexp.MustCompile(`^("[^"]*"|'[^']*'|[A-Za-z_][A-Za-z0-9_./-]*)[ \t]*:(?:[ \t]+(.*))?$`)

// reindent writes a text of scrape jobs anew: each key where the keys that
// Prometheus knows let it stand. It fails on lines that are neither keys nor
// items of lists, and on keys that it does not know.
func reindent(src string) (*indenter, bool) {
	job, config := shapes()
	in := &indenter{moved: map[int][2]int{}}
	for i, line := range strings.Split(strings.ReplaceAll(src, "\r\n", "\n"), "\n") {
		content := strings.Trim(line, " \t\u00a0")
		if content == "" || strings.HasPrefix(content, "#") {
			in.comments = append(in.comments, comment{i + 1, content})
		}
		if content == "" || strings.HasPrefix(content, "#") || content == "---" {
			continue
		}
		if in.stack == nil {
			in.begin(content, job, config)
		}
		if !in.line(i+1, line, content) {
			return nil, false
		}
	}
	for n := len(in.comments); n > 0 && in.comments[n-1].text == ""; n = len(in.comments) {
		in.comments = in.comments[:n-1]
	}
	in.comment("")
	return in, in.lines > 0
}

func (in *indenter) begin(content string, job, config *shape) {
	switch m := keyLine.FindStringSubmatch(content); {
	case strings.HasPrefix(content, "-"):
		in.stack = []open{{shape: &shape{item: job}, list: true}}
	case m != nil && job.keys[m[1]] != nil:
		in.stack = []open{{shape: job}}
	default:
		in.stack = []open{{shape: config}}
	}
}

func (in *indenter) line(number int, line, content string) bool {
	before := utf8.RuneCountInString(line[:strings.Index(line, content)])
	rest, dash := strings.CutPrefix(content, "- ")
	if content == "-" {
		return false
	}
	word := strings.TrimLeft(rest, " \t")
	m := keyLine.FindStringSubmatch(word)
	if !dash && m == nil {
		return false // goes on from the line above
	}
	at := in.place(dash, m)
	if at < 0 {
		return false
	}
	if len(in.stack) > at+1 {
		in.stack = in.stack[:at+1]
	}
	top := in.stack[at]
	column := top.column
	indent := strings.Repeat(" ", column)
	text := indent + word
	inside := top.shape
	if dash {
		text = indent + "- " + word
		inside, column = top.shape.item, column+2
		if m != nil {
			in.stack = append(in.stack, open{shape: inside, column: column})
		}
	}
	in.comment(indent)
	in.lines++
	in.out.WriteString(text + "\n")
	was := before + len(content) - len(word)
	in.moved[in.lines] = [2]int{number, was - column}
	if was != column && in.first == 0 {
		in.first = number
		in.why = fmt.Sprintf("%.40s stands at column %d and belongs at column %d", strings.TrimSpace(strings.SplitN(word, ":", 2)[0]), was+1, column+1)
	}
	if m == nil {
		return true
	}
	key, value := strings.Trim(m[1], `"'`), m[2]
	if value != "" && !strings.HasPrefix(value, "#") {
		return !strings.HasPrefix(value, "|") && !strings.HasPrefix(value, ">")
	}
	switch child := inside.keys[key]; {
	case child == nil:
		if inside.open && inside.item != nil {
			in.stack = append(in.stack, open{shape: &shape{item: inside.item}, column: column, list: true})
		}
	case child.keys != nil || child.open:
		in.stack = append(in.stack, open{shape: child, column: column + 2})
	case child.item != nil:
		in.stack = append(in.stack, open{shape: child, column: column, list: true})
	}
	return true
}

// comment writes the comments and blank lines that stand before a line.
func (in *indenter) comment(indent string) {
	for _, c := range in.comments {
		in.lines++
		in.out.WriteString(strings.TrimRight(indent+c.text, " ") + "\n")
	}
	in.comments = nil
}

// place is the innermost of what is open that a line can belong to, -1 if there
// is none. A mapping of any keys takes those that nothing around it knows.
func (in *indenter) place(dash bool, m []string) int {
	free := -1
	for i := len(in.stack) - 1; i >= 0; i-- {
		o := in.stack[i]
		if dash != o.list {
			continue
		}
		inside := o.shape
		if dash {
			inside = o.shape.item
		}
		scalar := inside.keys == nil && !inside.open
		switch {
		case m == nil && scalar:
			return i
		case m == nil || scalar:
		case inside.keys[strings.Trim(m[1], `"'`)] != nil:
			return i
		case inside.open && free < 0:
			free = i
		}
	}
	return free
}

// repair reads a text that is no YAML once its indentation is mended.
func (f *File) repair(src string, line int, err error) {
	found := Finding{Place: Place{f.Name, line, 1}, ID: NoYAML, Severity: severityOf(NoYAML), Message: "no parser of YAML takes this: " + err.Error()}
	if in, ok := reindent(src); ok && in.first > 0 {
		docs, _, err := parseYAML(in.out.String())
		if err == nil && len(docs) == 1 {
			f.Repaired = in.out.String()
			found.Line = in.first
			found.Message += fmt.Sprintf(": %s. With the indentation that the keys need it can be read", in.why)
			defer func() { // once the finding is there
				in.restore(docs[0])
				f.documents(docs)
			}()
		}
	}
	f.add(found)
}

// restore gives nodes of the result the places of the text.
func (in *indenter) restore(n *yaml.Node) {
	if m, ok := in.moved[n.Line]; ok {
		n.Line, n.Column = m[0], n.Column+m[1]
	}
	for _, c := range n.Content {
		in.restore(c)
	}
}

// misplaced finds keys whose indentation makes them belong to something else:
// it tells of it when the text loads once they are moved.
func (f *File) misplaced(src string) {
	in, ok := reindent(src)
	if !ok || in.first == 0 {
		return
	}
	docs, _, err := parseYAML(in.out.String())
	if err != nil {
		return
	}
	mended := &File{Name: f.Name}
	if mended.documents(docs); !mended.Loads() {
		return
	}
	f.Repaired = in.out.String()
	f.add(Finding{Place: Place{f.Name, in.first, 1}, ID: Indentation, Severity: severityOf(Indentation),
		Message: in.why + ": with the indentation that the keys need the configuration loads"})
}
