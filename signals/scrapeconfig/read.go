package scrapeconfig

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v3"
)

// The forms in which a configuration is found.
const (
	FormConfig    = "prometheus.yml"
	FormJobs      = "list of jobs"
	FormConfigMap = "ConfigMap"
	FormValues    = "values of a chart"
	FormUnknown   = "YAML without scrape jobs"
)

// File is a file with scrape jobs.
type File struct {
	Name string
	Form string // one of the constants
	Jobs []*Job // those that load, in the order of the file
	// ScrapeConfigFiles are the paths of further files with jobs, which are not
	// read.
	ScrapeConfigFiles []string
	// Findings are in the order of the file.
	Findings []Finding
	// Repaired is the text with the indentation that its keys need, where it
	// stands wrong: a parser takes it. "" if there is nothing to mend so, or
	// the keys don't tell how.
	Repaired string

	lines    []string // of the text
	external labels.Labels
	// besideFrom and beside are the lines that stand beside a server that is
	// null.
	besideFrom, beside int
	opened             int   // files that file_sd_configs name
	read               int64 // bytes of them
}

// Loads tells whether the file has no error.
func (f *File) Loads() bool {
	return !slices.ContainsFunc(f.Findings, func(p Finding) bool { return p.ID == DoesNotLoad || p.ID == NoYAML })
}

// Read reads a file, whatever its form: a prometheus.yml, a list of jobs or
// one, a file for scrape_config_files, an object of Kubernetes such as a
// ConfigMap, values of a chart. What is wrong is in Findings. A text that is no
// YAML, but whose lines are those of scrape jobs, is repaired: Jobs are then
// those of the repaired text, with the places of the text as it is.
func Read(name string, data []byte) *File {
	f := &File{Name: name, Form: FormUnknown}
	src, err := decodeText(data)
	if err != nil {
		f.add(Finding{Place: Place{name, 1, 1}, ID: NoYAML, Severity: severityOf(NoYAML), Message: err.Error()})
		return f
	}
	f.lines = strings.Split(src, "\n")
	docs, line, err := parseYAML(src)
	if err != nil {
		f.repair(src, line, err)
		f.sort()
		return f
	}
	f.documents(docs)
	if !f.Loads() && (f.Form == FormConfig || f.Form == FormJobs) {
		f.misplaced(src)
	}
	f.sort()
	return f
}

// decodeText is the text of a file in UTF-8 or UTF-16.
func decodeText(data []byte) (string, error) {
	for bom, order := range map[string]func(a, b byte) uint16{
		"\xff\xfe": func(a, b byte) uint16 { return uint16(a) | uint16(b)<<8 },
		"\xfe\xff": func(a, b byte) uint16 { return uint16(a)<<8 | uint16(b) },
	} {
		if rest, ok := bytes.CutPrefix(data, []byte(bom)); ok {
			var u []uint16
			for i := 0; i+1 < len(rest); i += 2 {
				u = append(u, order(rest[i], rest[i+1]))
			}
			return string(utf16.Decode(u)), nil
		}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return "", fmt.Errorf("it is no text in UTF-8")
	}
	return string(data), nil
}

// documents reads the first document that is a configuration, or all that hold
// one, such as objects of Kubernetes.
func (f *File) documents(docs []*yaml.Node) {
	if len(docs) == 0 {
		f.none()
		return
	}
	root := real(docs[0])
	switch {
	case isConfig(root):
		f.Form = FormConfig
		f.reader(false).whole(root)
	case isJobs(root):
		f.Form = FormJobs
		r := f.reader(false)
		r.global = defaultGlobal()
		r.jobs(root)
	case isJob(root):
		f.Form = FormJobs
		r := f.reader(false)
		r.global = defaultGlobal()
		r.job(root)
	default:
		for _, doc := range docs {
			f.search(doc)
		}
		if f.values(root) {
			f.Form = FormValues
		}
		if f.Form == FormUnknown {
			f.none()
		}
		return
	}
	if len(docs) > 1 {
		f.add(Finding{Place: f.at(docs[1]), ID: ReadOther, Severity: severityOf(ReadOther), Message: "a second document begins here: Prometheus reads the first alone"})
	}
}

func (f *File) at(n *yaml.Node) Place { return Place{f.Name, n.Line, n.Column} }

func (f *File) none() {
	f.add(Finding{Place: Place{f.Name, 1, 1}, ID: NoJobs, Severity: severityOf(NoJobs), Message: "no scrape jobs are in it: neither scrape_configs nor a list of items with a job_name"})
}

func (f *File) reader(sysdig bool) *reader {
	return &reader{file: f, sysdig: sysdig, names: map[string]bool{}}
}

// sections are the keys of a prometheus.yml that nothing else has in its first
// level.
var sections = []string{"scrape_configs", "scrape_config_files", "rule_files", "remote_write", "remote_read"}

func isConfig(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && slices.ContainsFunc(pairs(n), func(p pair) bool {
		return slices.Contains(sections, p.key.Value)
	})
}

func isJob(n *yaml.Node) bool {
	k, _ := find(n, "job_name")
	return k != nil
}

func isJobs(n *yaml.Node) bool {
	return n.Kind == yaml.SequenceNode && slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return isJob(real(c)) })
}

var hasJobs = regexp.MustCompile(`(?m)^[ \t]*(?:-[ \t]+)?["']?(?:scrape_configs|job_name)["']?[ \t]*:`)

// search finds configurations inside of a document.
func (f *File) search(doc *yaml.Node) {
	form := FormValues
	if text(doc, "kind") != "" && text(doc, "apiVersion") != "" {
		form = FormConfigMap
	}
	_, of := find(doc, "metadata")
	sysdig := form == FormConfigMap && strings.Contains(text(of, "name"), "sysdig")
	var walk func(n *yaml.Node, depth int)
	walk = func(n *yaml.Node, depth int) {
		switch {
		case n.Kind == yaml.AliasNode || depth > maxDepth: // what it stands for is elsewhere
		case n.Kind == yaml.ScalarNode && hasJobs.MatchString(n.Value):
			f.Form = form
			f.embedded(n, sysdig)
		case isConfig(n) && depth > 0:
			f.Form = form
			f.reader(sysdig).whole(n)
		case isJobs(n) && depth > 0:
			f.Form = form
			r := f.reader(sysdig)
			r.global = defaultGlobal()
			r.jobs(n)
		default:
			for _, c := range n.Content {
				walk(c, depth+1)
			}
		}
	}
	walk(doc, 0)
}

// embedded reads a configuration that is a text inside of a document. The
// places of what is in a literal block are exact.
func (f *File) embedded(n *yaml.Node, sysdig bool) {
	exact := n.Style&yaml.LiteralStyle != 0
	indent := f.indentOf(n)
	docs, line, err := parseYAML(n.Value)
	if err != nil {
		at := f.at(n)
		if exact {
			at.Line, at.Column = n.Line+line, indent+1
		}
		f.add(Finding{Place: at, ID: NoYAML, Severity: severityOf(NoYAML), Message: "the text inside is no YAML: " + err.Error()})
		return
	}
	if len(docs) == 0 {
		return
	}
	root := docs[0]
	if exact {
		shift(root, n.Line, indent, true)
	} else {
		shift(root, n.Line, n.Column, false)
	}
	r := f.reader(sysdig)
	switch r.global = defaultGlobal(); {
	case isConfig(root):
		r.whole(root)
	case isJobs(root):
		r.jobs(root)
	case isJob(root):
		r.job(root)
	}
}

// indentOf is how far the lines of a literal block are indented.
func (f *File) indentOf(n *yaml.Node) int {
	blanks := func(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
	for i, line := range strings.Split(n.Value, "\n") {
		if strings.TrimSpace(line) != "" && n.Line+i < len(f.lines) {
			return max(0, blanks(f.lines[n.Line+i])-blanks(line))
		}
	}
	return 0
}
