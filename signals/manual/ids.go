package manual

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/compat"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/internal/near"
	"github.com/scrapebook/scrapebook/signals/lint"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rulelint"
	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
	"github.com/scrapebook/scrapebook/signals/scrapeconfig"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// A source is a package that tells of things with an id. What an id means is
// documented there, and nowhere else.
type source struct {
	pkg  string
	what string // one of them is
	said string // by what
	ids  func() []expfmt.ProblemID
	// form is how one is printed: %[1]s is the id, %[2]s its severity, %[3]s
	// the message.
	form string
}

var sources = []source{
	{"signals/verdict", "a finding on a rule", "below the table of `replay`, by `explain`, and in their JSON", verdict.IDs, "%[1]s: %[3]s"},
	{"signals/lint", "a problem of an exposition", "by `check metrics`, and by whatever reads a scrape", lint.IDs, "%[2]s: %[3]s [%[1]s]"},
	{"expfmt", "what a format cannot hold", "by `fmt --to`", expfmt.ConvertIDs, "%[2]s: %[3]s [%[1]s]"},
	{"signals/capture", "something to know of a capture", "by `inspect`, and by whatever reads the capture", capture.ProblemIDs, "%[2]s: %[3]s [%[1]s]"},
	{"signals/ingest", "a problem of a scrape on its way into the store", "by `replay` and `query`, under the problems in the files", ingest.ProblemIDs, "%[2]s: %[3]s [%[1]s]"},
	{"signals/replay", "a problem of a replay", "by `replay`, under the problems in the files", replay.ProblemIDs, "%[2]s: %[3]s [%[1]s]"},
	{"signals/rulelint", "a finding on a rule file", "by `check rules`; the id stands in its JSON, GitHub and SARIF", rulelint.IDs, "%[2]s: %[3]s"},
	{"signals/compat", "what some versions have against a rule", "by `check rules --kubernetes`", compat.IDs, "%[3]s [%[1]s]"},
	{"signals/scrapeconfig", "a finding on a scrape configuration", "by `check config`", scrapeconfig.IDs, "%[2]s: %[3]s (%[1]s)"},
	{"signals/ruletest/suite", "why a test of rules failed", "by `test`", suite.IDs, "%[3]s"},
}

// IDs returns all ids that can be looked up, each once, by their names.
func IDs() []string {
	var all []string
	for _, s := range sources {
		for _, id := range s.ids() {
			all = append(all, id.ID)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Like returns the topic, the id or one of further words that was probably
// meant by a wrong one, or "".
func Like(word string, further []string) string {
	words := slices.Clone(further)
	for _, t := range Topics() {
		words = append(words, t.Name)
	}
	return near.Word(word, append(words, IDs()...))
}

// WriteID writes what an id means, when it is said, how that looks and what to
// do, for each package that says it. It tells whether there is such an id.
func WriteID(w io.Writer, id string, style Style) (bool, error) {
	p := page{Style: style}
	for _, s := range sources {
		for _, about := range s.ids() {
			if strings.EqualFold(about.ID, id) {
				p.id(s, about)
			}
		}
	}
	if p.out.Len() == 0 {
		return false, nil
	}
	_, err := io.WriteString(w, strings.TrimRight(p.out.String(), "\n")+"\n")
	return true, err
}

func (p *page) id(s source, about expfmt.ProblemID) {
	p.title(about.ID + ": " + s.what)
	p.text("It means: " + about.Doc + ".\n\nIt is said " + said(s, about) + ".\n")
	if lines := s.example(about); lines != "" {
		p.text("It looks so:\n\n```console\n" + lines + "```\n")
	}
	p.text("What to do: " + about.Fix + ".\n")
}

// said is when an id is said, and what it costs.
func said(s source, about expfmt.ProblemID) string {
	text := s.said
	switch about.Needs {
	case "check":
		text = "by `check metrics`, `golden` and `inspect`, which look for what contradicts itself"
	case "strict":
		text = "by `check metrics --strict` of OpenMetrics alone"
	case "lint":
		text = "by `check metrics`, as promtool lints"
	}
	if about.Severity != "" {
		text += fmt.Sprintf("; it is %s", map[expfmt.Severity]string{
			expfmt.SeverityError: "an error", expfmt.SeverityWarning: "a warning", expfmt.SeverityInfo: "a note"}[about.Severity])
		if about.Strict && about.Severity != expfmt.SeverityError {
			text += ", with `--strict` an error"
		}
	}
	switch about.Done {
	case "skipped":
		text += ", and what it is about is left out"
	case "kept":
		text += ", and all is kept as it is"
	case "repaired":
		text += ", and it is read as what is meant"
	}
	if about.Spec != "" {
		text += "; in OpenMetrics 1.0 see " + about.Spec
	}
	return text
}

// broken are the limits that some expositions of the gallery exceed.
var broken = map[string]lint.Options{
	"line-too-long":    {MaxLine: 200},
	"message-too-long": {MaxLine: 200},
	"too-long":         {MaxBody: 300},
}

// example is one as it is printed; of an exposition's problem it is made of the
// broken exposition that fixtures have of that id.
func (s source) example(about expfmt.ProblemID) string {
	if about.Example != "" {
		return fmt.Sprintf(s.form+"%[4]s", about.ID, about.Severity, about.Example, "\n")
	}
	name := "broken/" + about.ID
	f, err := fixtures.Find(name)
	if err != nil {
		return ""
	}
	body, err := fixtures.Read(name)
	if err != nil {
		return ""
	}
	opts := broken[about.ID]
	opts.Strict = true
	if f.Format == "openmetrics" {
		opts.Format = expfmt.FormatOpenMetrics
	}
	found, _ := lint.CheckFile("demo:"+name, "", body, opts) // what it is instead of an exposition stands in found
	if found.Not != "" {
		return "demo:" + name + ": not an exposition: " + found.Not + "\n"
	}
	var out bytes.Buffer
	_ = lint.Text{}.Report(&out, &lint.Result{Inputs: []*lint.Input{found}}) // a buffer takes all
	return excerpt(out.String(), about.ID)
}

// excerpt is the line of a report that ends in an id, with those below that
// show its place.
func excerpt(report, id string) string {
	var out strings.Builder
	for line := range strings.Lines(report) {
		switch {
		case strings.HasSuffix(line, " ["+id+"]\n"):
			out.Reset()
			out.WriteString(line)
		case out.Len() > 0 && strings.HasPrefix(line, "  "):
			out.WriteString(line)
		case out.Len() > 0:
			return out.String()
		}
	}
	return out.String()
}

// list writes the ids of a package, each with what it means.
func (p *page) list(pkg string) {
	for _, s := range sources {
		if s.pkg != pkg {
			continue
		}
		var b strings.Builder
		for _, about := range s.ids() {
			fmt.Fprintf(&b, "- `%s`: %s\n", about.ID, about.Doc)
		}
		p.text(b.String())
	}
}
