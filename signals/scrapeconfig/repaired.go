package scrapeconfig

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// An edit puts text in place of lines, or of a part of one.
type edit struct {
	first, last int // lines from 1, both included
	from, to    int // bytes of the line first, if text is no lines
	text        string
	inline      bool
}

// The bounds of Repair.
const (
	maxRounds  = 4   // in which repairs are made together
	maxSingles = 200 // repairs that are tried one by one
)

// Repair makes the repairs that findings name in the text of the file, and says
// which were made. Each stays only if the text loads as before, what it repairs
// is found no more, and nothing else is found; check finds that of a file.
// Lines that no repair is about stay as they are, and comments are kept.
func (f *File) Repair(check func(*File) *Result) (text string, done []Finding) {
	text = strings.Join(f.lines, "\n")
	now := f
	if f.Repaired != "" {
		text = f.Repaired
		now = Read(f.Name, []byte(text))
		for _, p := range f.Findings {
			if p.ID == NoYAML || p.ID == Indentation {
				done = append(done, p)
			}
		}
	}
	check(now)
	var refused []string // ids and jobs of those that did not work out
	for range maxRounds {
		edits, of := now.edits(refused)
		if len(edits) == 0 {
			break
		}
		if next, ok := now.with(edits, of, check); ok {
			now, done = next, append(done, of...)
			continue
		}
		for i := range edits[:min(len(edits), maxSingles)] {
			// the edits before it moved its lines
			again, what := now.edits(refused)
			k := slices.IndexFunc(what, func(p Finding) bool { return p.key() == of[i].key() })
			if k < 0 {
				continue
			}
			if next, ok := now.with(again[k:k+1], what[k:k+1], check); ok {
				now, done = next, append(done, what[k])
			} else {
				refused = append(refused, of[i].key())
			}
		}
	}
	if now != f {
		text = strings.Join(now.lines, "\n")
	}
	return text, done
}

func (p *Finding) key() string { return p.ID + "\x00" + p.Job }

// edits are those of the findings that have a repair, as far as they don't meet
// each other.
func (f *File) edits(refused []string) (edits []edit, of []Finding) {
	for _, p := range f.Findings {
		if p.Repair == "" || slices.Contains(refused, p.key()) {
			continue
		}
		own, ok := f.editOf(&p)
		meets := slices.ContainsFunc(edits, func(e edit) bool { return e.first <= own.last && own.first <= e.last })
		if ok && !meets {
			edits, of = append(edits, own), append(of, p)
		}
	}
	return edits, of
}

// with is the file with edits, if they do what they are for.
func (f *File) with(edits []edit, of []Finding, check func(*File) *Result) (*File, bool) {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.first, a.first) })
	lines := slices.Clone(f.lines)
	for _, e := range edits {
		if e.inline {
			line := lines[e.first-1]
			lines[e.first-1] = line[:e.from] + e.text + line[e.to:]
			continue
		}
		end := ""
		if strings.HasSuffix(lines[e.first-1], "\r") {
			end = "\r"
		}
		var instead []string
		for line := range strings.Lines(e.text) {
			instead = append(instead, strings.TrimSuffix(line, "\n")+end)
		}
		lines = slices.Replace(lines, e.first-1, e.last, instead...)
	}
	next := Read(f.Name, []byte(strings.Join(lines, "\n")))
	check(next)
	before := map[string]bool{}
	for i := range f.Findings {
		before[f.Findings[i].key()] = true
	}
	for _, p := range of {
		before[p.key()] = false
	}
	better := len(next.Jobs) == len(f.Jobs) && (next.Loads() || !f.Loads()) &&
		!slices.ContainsFunc(next.Findings, func(p Finding) bool { return !before[p.key()] && (p.ID != NoJobs || len(f.Jobs) > 0) })
	return next, better
}

// editOf is how the repair of a finding is made; false if its place is written
// in a form that lines cannot take the place of.
func (f *File) editOf(p *Finding) (edit, bool) {
	if p.ID == ServerNull {
		return edit{first: p.Line, last: f.beside, text: f.between(p.Line+1, f.besideFrom-1, p.Repair)}, f.beside > 0
	}
	var job *Job
	for _, j := range f.Jobs {
		if j.Name == p.Job && j.Line <= p.Line {
			job = j
		}
	}
	if job == nil || real(job.node) == nil {
		return edit{}, false
	}
	switch p.ID {
	case HonorLabels:
		_, v := find(job.node, "honor_labels")
		return f.scalarEdit(v, "false")
	case MergesSeries:
		k, v := find(job.node, "metric_relabel_configs")
		return f.keyEdit(k, v, p.Repair)
	case MatchesNothing:
		_, params := find(job.node, "params")
		k, v := find(params, "match[]")
		if v == nil || len(real(v).Content) != 1 { // the others may be met
			return edit{}, false
		}
		return f.keyEdit(k, v, p.Repair)
	case PortTwice, BreaksIPv6:
		_, list := find(job.node, "relabel_configs")
		return f.itemsEdit(list, job.addressRules(), p.Repair)
	}
	return edit{}, false
}

// scalarEdit writes another plain word in place of one.
func (f *File) scalarEdit(v *yaml.Node, word string) (edit, bool) {
	if v == nil || v.Kind != yaml.ScalarNode || v.Line < 1 || v.Line > len(f.lines) {
		return edit{}, false
	}
	runes := []rune(f.lines[v.Line-1])
	if v.Column < 1 || v.Column > len(runes) {
		return edit{}, false
	}
	from := len(string(runes[:v.Column-1]))
	if !strings.HasPrefix(f.lines[v.Line-1][from:], v.Value) {
		return edit{}, false
	}
	return edit{first: v.Line, last: v.Line, from: from, to: from + len(v.Value), text: word, inline: true}, true
}

// keyEdit writes a text in place of a key and what belongs to it.
func (f *File) keyEdit(k, v *yaml.Node, text string) (edit, bool) {
	if k == nil || v == nil || k.Line < 1 || k.Line > len(f.lines) {
		return edit{}, false
	}
	before := []rune(f.lines[k.Line-1])
	if k.Column-1 > len(before) {
		return edit{}, false
	}
	lead := string(before[:k.Column-1])
	if strings.Trim(lead, " -") != "" { // it stands in braces
		return edit{}, false
	}
	last := f.end(k.Line, k.Column-1, real(v).Kind == yaml.SequenceNode && real(v).Style&yaml.FlowStyle == 0)
	text = indented(text, k.Column-1)
	return edit{first: k.Line, last: last, text: f.comments(k.Line, last, k.Column-1, k, v) + lead + text[min(len(text), k.Column-1):]}, true
}

// itemsEdit writes a text in place of some items of a list that follow one
// another.
func (f *File) itemsEdit(list *yaml.Node, rules []*Rule, text string) (edit, bool) {
	if list == nil || len(rules) == 0 || real(list).Style&yaml.FlowStyle != 0 {
		return edit{}, false
	}
	items := real(list).Content
	at := slices.IndexFunc(items, func(n *yaml.Node) bool { return n.Line == rules[0].Line && n.Column == rules[0].Column })
	if at < 0 || at+len(rules) > len(items) {
		return edit{}, false
	}
	for i, r := range rules {
		if n := items[at+i]; n.Line != r.Line || n.Column != r.Column {
			return edit{}, false
		}
	}
	first := items[at].Line
	dash := strings.Index(f.lines[first-1], "-")
	if dash < 0 || strings.Trim(f.lines[first-1][:dash], " ") != "" {
		return edit{}, false
	}
	last := f.end(items[at+len(rules)-1].Line, dash, false)
	return edit{first: first, last: last, text: f.comments(first, last, dash, items[at:at+len(rules)]...) + indented(text, dash)}, true
}

// blank tells whether a line says nothing.
func blank(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

// end is the last line of what begins at a line with an indentation; with
// dashes, items of a list as far indented belong to it.
func (f *File) end(line, indent int, dashes bool) int {
	last := line
	for i := line; i < len(f.lines); i++ {
		content := strings.TrimLeft(f.lines[i], " ")
		in := len(f.lines[i]) - len(content)
		switch {
		case blank(content):
		case in > indent, dashes && in == indent && strings.HasPrefix(content, "-"):
			last = i + 1
		default:
			return last
		}
	}
	return last
}

// comments are those of lines and nodes that a text takes the place of.
func (f *File) comments(first, last, indent int, nodes ...*yaml.Node) string {
	var b strings.Builder
	for _, line := range f.lines[first-1 : last] {
		if c := strings.TrimSpace(line); strings.HasPrefix(c, "#") {
			b.WriteString(strings.Repeat(" ", indent) + c + "\n")
		}
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if c := n.LineComment; c != "" && !strings.Contains(c, "\n") {
			b.WriteString(strings.Repeat(" ", indent) + c + "\n")
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	for _, n := range nodes {
		walk(n)
	}
	return b.String()
}

// between is a repair with the lines before it that stay.
func (f *File) between(first, last int, repair string) string {
	if last < first {
		return repair
	}
	return strings.Join(f.lines[first-1:last], "\n") + "\n" + repair
}

// indented is a text, each line further to the right.
func indented(text string, by int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.Repeat(" ", by) + line)
	}
	return b.String()
}
