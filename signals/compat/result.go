package compat

// Verdict says how a rule fares on a version. The worst is the lowest.
type Verdict string

// The verdicts.
const (
	Breaks   Verdict = "breaks"    // it cannot return a sample, or fires whatever happens
	Changes  Verdict = "changes"   // it works otherwise than on another version
	NotKnown Verdict = "not known" // nothing against it, but no source speaks of all that it needs
	OK       Verdict = "ok"        // all that it needs is there

	// Note is of findings alone: it bears on no verdict.
	Note Verdict = "note"
)

// Result is how rules fare on versions.
type Result struct {
	Software string   `json:"software"`
	Versions []string `json:"versions"` // that were looked at, oldest first
	Rules    []Rule   `json:"rules"`    // in the order of the files
}

// Rule is how one rule fares.
type Rule struct {
	File     string    `json:"file"`
	Line     int       `json:"line"` // from 1; 0: none
	Group    string    `json:"group"`
	Name     string    `json:"name"`
	Alert    bool      `json:"alerting"` // and not a recording rule
	Expr     string    `json:"expr"`
	Verdicts []Run     `json:"verdicts"` // of all versions, oldest first
	Findings []Finding `json:"findings"` // the worst first, then as they stand in the expression
}

// Worst returns the worst verdict on any version.
func (r *Rule) Worst() Verdict {
	worst := OK
	for _, run := range r.Verdicts {
		if rank[run.Verdict] < rank[worst] {
			worst = run.Verdict
		}
	}
	return worst
}

var rank = map[Verdict]int{Breaks: 0, Changes: 1, NotKnown: 2, OK: 3, Note: 4}

// Run is a verdict on successive versions.
type Run struct {
	Span
	Verdict Verdict `json:"verdict"`
}

// Span are successive versions, both ends included.
type Span struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// String returns 1.18..1.23, or 1.18.
func (s Span) String() string {
	if s.From == s.To {
		return s.From
	}
	return s.From + ".." + s.To
}

// Finding is one thing that some versions have against a rule, of an id of IDs.
type Finding struct {
	ID      string  `json:"id"`
	Verdict Verdict `json:"verdict"` // what it means where the result needs this part
	Spans   []Span  `json:"versions"`
	Metric  string  `json:"metric,omitempty"` // the family
	Expr    string  `json:"expr"`
	Start   int     `json:"expr_start"` // of Expr in the rule's, in bytes
	End     int     `json:"expr_end"`
	Text    string  `json:"text"` // one sentence
}
