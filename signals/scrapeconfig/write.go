package scrapeconfig

import (
	"fmt"
	"io"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/lint"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Text writes for people: each finding with what could stand there instead, and
// each job with its targets.
type Text struct {
	// Width is how many columns a screen has; 0: there is none, and lines are
	// not folded. What could stand in a file never is.
	Width int
}

// Report writes r.
func (t Text) Report(w io.Writer, r *Result) error {
	var b strings.Builder
	for _, f := range r.Files {
		f.write(&b, r)
	}
	for _, p := range r.Findings {
		b.WriteString(p.line())
	}
	_, err := io.WriteString(w, terminal.FoldLines(b.String(), t.Width, 4))
	return err
}

func (f *File) write(b *strings.Builder, r *Result) {
	for i, p := range f.Findings {
		b.WriteString(p.line())
		if i == 0 || f.Findings[i-1].Repair != p.Repair {
			writeText(b, p.Repair)
		}
		if p.ID == NoYAML || p.ID == Indentation {
			writeText(b, f.Repaired)
		}
	}
	state := "does not load"
	if f.Loads() {
		state = "ok"
	}
	fmt.Fprintf(b, "%s: %s: %s, %s\n", terminal.Clean(f.Name), state, f.Form, terminal.Plural(len(f.Jobs), "job", "jobs"))
	for _, j := range f.Jobs {
		j.write(b, r)
	}
}

// writeText writes what could stand in a file, indented.
func writeText(b *strings.Builder, text string) {
	if text == "" {
		return
	}
	for line := range strings.Lines(text) {
		fmt.Fprintf(b, "    %s\n", terminal.Whole(terminal.Clean(strings.TrimRight(line, "\r\n"))))
	}
}

func (p *Finding) line() string { return p.Text() + "\n" }

// Text is the finding in a line for people.
func (p *Finding) Text() string {
	severity := map[expfmt.Severity]string{expfmt.SeverityWarning: "warning: ", expfmt.SeverityInfo: "note: "}[p.Severity]
	at := p.File
	if p.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	return fmt.Sprintf("%s: %s%s%s (%s)", terminal.Clean(at), severity, p.within(), terminal.Clean(p.Message), p.ID)
}

func (p *Finding) within() string {
	if p.Job == "" {
		return ""
	}
	return fmt.Sprintf("job %q: ", terminal.Clean(p.Job))
}

func (j *Job) write(b *strings.Builder, r *Result) {
	counts := map[string]int{}
	var mine []*Target
	for i := range r.Targets {
		if t := &r.Targets[i]; t.Job == j {
			mine = append(mine, t)
			counts[t.state()]++
		}
	}
	fmt.Fprintf(b, "job %q: ", terminal.Clean(j.Name))
	if len(mine) == 0 {
		b.WriteString("no targets to try it on\n")
		return
	}
	fmt.Fprintf(b, "%s: ", terminal.Plural(len(mine), "target", "targets"))
	for i, state := range []string{"kept", "dropped", "refused"} {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "%d %s", counts[state], state)
	}
	b.WriteString("\n")
	more := map[*Rule]int{}
	var rules []*Rule
	dropped := 0
	for _, t := range mine {
		if t.By != nil && t.Steps == nil {
			if dropped++; dropped > shownDropped {
				if more[t.By]++; more[t.By] == 1 {
					rules = append(rules, t.By)
				}
				continue
			}
		}
		t.write(b)
	}
	for _, rule := range rules {
		fmt.Fprintf(b, "  dropped  %d more by %s: --explain shows each\n", more[rule], rule.spell())
	}
}

// shownDropped is how many targets that are dropped a job shows.
const shownDropped = 20

// state is what becomes of a target, in a word.
func (t *Target) state() string {
	switch {
	case t.Err != nil:
		return "refused"
	case t.By != nil:
		return "dropped"
	}
	return "kept"
}

func (t *Target) write(b *strings.Builder) {
	address := terminal.Clean(t.Discovered.Get("__address__"))
	switch t.state() {
	case "kept":
		fmt.Fprintf(b, "  kept     %s -> %s %s", address, terminal.Clean(t.URL), terminal.Clean(t.Public().String()))
		if t.Same {
			b.WriteString(", the same as one above")
		}
	case "dropped":
		fmt.Fprintf(b, "  dropped  %s by %s", address, t.By.spell())
	default:
		fmt.Fprintf(b, "  refused  %s: %s", address, terminal.Clean(t.Err.Error()))
	}
	fmt.Fprintf(b, " (%s)\n", terminal.Clean(t.Source))
	if t.Steps == nil {
		return
	}
	fmt.Fprintf(b, "    discovered as %s\n", terminal.Clean(t.Discovered.String()))
	for _, s := range t.Steps {
		fmt.Fprintf(b, "    %s: %s\n", s.Rule.spell(), s.spell())
	}
}

// spell is the rule in short, with its place.
func (r *Rule) spell() string {
	var of []string
	for _, l := range r.SourceLabels {
		of = append(of, string(l))
	}
	s := fmt.Sprintf("line %d (%s", r.Line, r.Action)
	if len(of) > 0 {
		s += " " + strings.Join(of, r.Separator)
	}
	if re := r.Regex.String(); re != "(.*)" {
		s += " /" + re + "/" // as it is, without escapes of ours
	}
	if r.TargetLabel != "" {
		s += " in " + r.TargetLabel
	}
	s += ")"
	return terminal.Clean(s)
}

func (s *Step) spell() string {
	switch {
	case !s.Keep:
		return "drops it"
	case len(s.Changed) == 0:
		return "changes nothing"
	}
	var out []string
	for _, c := range s.Changed {
		switch {
		case c.After == "":
			out = append(out, fmt.Sprintf("%s is removed, it was %q", c.Name, c.Before))
		case c.Before == "":
			out = append(out, fmt.Sprintf("%s = %q", c.Name, c.After))
		default:
			out = append(out, fmt.Sprintf("%s = %q, it was %q", c.Name, c.After, c.Before))
		}
	}
	return terminal.Clean(strings.Join(out, "; "))
}

// JSON writes a Result as one JSON object. Its names are a contract: they may
// become more, and none is ever renamed.
type JSON struct{}

type jsonResult struct {
	Files    []jsonFile    `json:"files"`
	Errors   int           `json:"errors"`
	Warnings int           `json:"warnings"`
	Infos    int           `json:"infos"`
	Problems []jsonFinding `json:"problems"`
	Targets  []jsonTarget  `json:"targets"`
}

type jsonFile struct {
	Name     string    `json:"name"`
	Form     string    `json:"form"`
	Loads    bool      `json:"loads"`
	Repaired string    `json:"repaired,omitempty"` // the whole text, where it was no YAML
	Jobs     []jsonJob `json:"jobs"`               // that load
}

type jsonJob struct {
	Name   string `json:"name"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

type jsonFinding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"` // in characters, from 1; 0 is none
	Job      string `json:"job,omitempty"`
	ID       string `json:"id"`
	Severity string `json:"severity"` // error, warning or info
	Message  string `json:"message"`
	Repair   string `json:"repair,omitempty"` // YAML that could stand there
}

type jsonTarget struct {
	File       string        `json:"file"` // of the job
	Job        string        `json:"job"`
	Source     string        `json:"source"`
	State      string        `json:"state"` // kept, dropped or refused
	Same       bool          `json:"duplicate,omitempty"`
	Discovered labels.Labels `json:"discovered_labels"`
	Labels     labels.Labels `json:"labels,omitzero"` // without those that begin with __
	URL        string        `json:"url,omitempty"`
	By         *jsonRule     `json:"dropped_by,omitempty"`
	Error      string        `json:"error,omitempty"`
	Steps      []jsonStep    `json:"relabel_steps,omitempty"`
}

type jsonRule struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Action string `json:"action"`
	Regex  string `json:"regex"`
}

type jsonStep struct {
	Rule    jsonRule     `json:"rule"`
	Keep    bool         `json:"keep"`
	Changed []jsonChange `json:"changes"`
}

type jsonChange struct {
	Name   string `json:"name"`
	Before string `json:"before"` // "" is none
	After  string `json:"after"`
}

// Report writes r.
func (JSON) Report(w io.Writer, r *Result) error {
	out := jsonResult{
		Files: []jsonFile{}, Problems: []jsonFinding{}, Targets: []jsonTarget{},
		Errors: r.Count(expfmt.SeverityError), Warnings: r.Count(expfmt.SeverityWarning), Infos: r.Count(expfmt.SeverityInfo),
	}
	for _, f := range r.Files {
		file := jsonFile{Name: f.Name, Form: f.Form, Loads: f.Loads(), Repaired: f.Repaired, Jobs: []jsonJob{}}
		for _, j := range f.Jobs {
			file.Jobs = append(file.Jobs, jsonJob{j.Name, j.Line, j.Column})
		}
		out.Files = append(out.Files, file)
		for _, p := range f.Findings {
			out.Problems = append(out.Problems, p.json())
		}
	}
	for _, p := range r.Findings {
		out.Problems = append(out.Problems, p.json())
	}
	for i := range r.Targets {
		out.Targets = append(out.Targets, r.Targets[i].json())
	}
	return terminal.EncodeJSON(w, out)
}

func (p *Finding) json() jsonFinding {
	return jsonFinding{p.File, p.Line, p.Column, p.Job, p.ID, string(p.Severity), p.Message, p.Repair}
}

func (r *Rule) json() jsonRule {
	return jsonRule{r.Line, r.Column, string(r.Action), r.Regex.String()}
}

func (t *Target) json() jsonTarget {
	out := jsonTarget{File: t.Job.File, Job: t.Job.Name, Source: t.Source, State: t.state(), Same: t.Same, Discovered: t.Discovered, URL: t.URL}
	if t.Kept() {
		out.Labels = t.Public()
	}
	if t.By != nil {
		by := t.By.json()
		out.By = &by
	}
	if t.Err != nil {
		out.Error = t.Err.Error()
	}
	for _, s := range t.Steps {
		step := jsonStep{Rule: s.Rule.json(), Keep: s.Keep, Changed: []jsonChange{}}
		for _, c := range s.Changed {
			step.Changed = append(step.Changed, jsonChange(c))
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

// GitHub writes a line for each finding, which a workflow of GitHub shows
// beside the line of the file.
type GitHub struct{}

// Report writes r.
func (GitHub) Report(w io.Writer, r *Result) error {
	in := &lint.Input{}
	add := func(list []Finding) {
		for _, p := range list {
			in.Findings = append(in.Findings, &lint.Finding{
				Problem: expfmt.Problem{File: p.File, Line: p.Line, Column: p.Column, ID: p.ID, Severity: p.Severity, Message: p.within() + p.Message},
				Runes:   p.Column, Count: 1,
			})
		}
	}
	for _, f := range r.Files {
		add(f.Findings)
	}
	add(r.Findings)
	return lint.GitHub{}.Report(w, &lint.Result{Inputs: []*lint.Input{in}})
}
