package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/signals/compat"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Compat writes a row for each rule with the versions on which it breaks,
// changes, is not known and is all right, and below what is against it.
func (t Text) Compat(w io.Writer, r *compat.Result) error {
	p := newPage(t, clock{})
	if len(r.Versions) == 0 || len(r.Rules) == 0 {
		p.printf("no rules\n")
		return p.write(w)
	}
	breaks := 0
	rows := p.table(
		terminal.Column{Head: "RULE"}, terminal.Column{Head: "BREAKS", Least: 12, Yield: 4}, terminal.Column{Head: "CHANGES", Least: 12, Yield: 3},
		terminal.Column{Head: "NOT KNOWN", Least: 12, Yield: 2}, terminal.Column{Head: "OK", Least: 12, Yield: 1},
	)
	for i := range r.Rules {
		rule := &r.Rules[i]
		rows.Row(whole(rule.Name), spans(rule, compat.Breaks), spans(rule, compat.Changes), spans(rule, compat.NotKnown), spans(rule, compat.OK))
		if rule.Worst() == compat.Breaks {
			breaks++
		}
	}
	p.wrapped(2, "%s %s: %s, of which %s on some version", terminal.Clean(r.Software), versions(r.Versions[0], r.Versions[len(r.Versions)-1]),
		terminal.Plural(len(r.Rules), "rule", "rules"), terminal.Plural(breaks, "breaks", "break"))
	p.WriteString("\n")
	p.WriteString(rows.String())
	for i := range r.Rules {
		rule := &r.Rules[i]
		if len(rule.Findings) == 0 {
			continue
		}
		p.WriteString("\n")
		p.wrapped(2, "%s", terminal.Clean(place(rule)))
		for _, f := range rule.Findings {
			p.wrapped(6, "  %s  %s: %s [%s]", f.Verdict, joined(f.Spans), terminal.Clean(f.Text), f.ID)
		}
	}
	return p.write(w)
}

func place(r *compat.Rule) string {
	at := r.File
	if r.Line > 0 {
		at = fmt.Sprintf("%s:%d", r.File, r.Line)
	}
	return at + ": " + r.Name
}

// spans are the versions on which a rule has a verdict.
func spans(r *compat.Rule, v compat.Verdict) string {
	var list []compat.Span
	for _, run := range r.Verdicts {
		if run.Verdict == v {
			list = append(list, run.Span)
		}
	}
	if len(list) == 0 {
		return "-"
	}
	return joined(list)
}

func joined(list []compat.Span) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = s.String()
	}
	return terminal.Clean(strings.Join(texts, ", "))
}

// Compat writes the Result as one JSON object.
func (JSON) Compat(w io.Writer, r *compat.Result) error { return terminal.EncodeJSON(w, r) }
