package verdict

import (
	"slices"
	"time"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// A Finding is one reason why a rule was silent, or why it fired. Nothing is
// said that was not computed from the capture, the rule or both.
type Finding struct {
	ID   string // one of IDs
	Text string // one sentence that stands alone
	// Expr is the sub-expression that it is about, as it stands in the rule's
	// expression at bytes Start to End; "" when it is about the rule as a
	// whole.
	Expr       string
	Start, End int
	Evidence   Evidence // what Text was made of
	Try        []Try    // changes that were tried
	Untried    int      // others that were not: Try makes 16 of a finding and 1000 in all

	// minor: it holds of a few instants alone, and so does not decide as long
	// as another holds of more.
	minor bool
}

// Evidence is plain data by name. A value is a string, an int, a float64 (a
// sample's value), a time.Time, a time.Duration, a labels.Labels, a bool, an
// Evidence, or a list of strings or of Evidence.
type Evidence map[string]any

// A Try is a change of the rule and what came of it on this capture.
type Try struct {
	Change string // what was changed, as `with job="ai/x"`
	Expr   string // the expression as it was tried
	For    time.Duration
	// Likely: this is probably what was meant. Others fire or are silent as
	// their Outcome says, and are no advice.
	Likely bool
	// Outcome is half a sentence, as "fires at 09:07:15".
	Outcome string
	// Fires is the first instant at which it fired; zero when it did not.
	Fires time.Time

	was, rule *rules.Rule // and as it was tried
}

// Was is the rule that was changed, and Rule is what it was changed to.
func (t Try) Was() *rules.Rule  { return t.was }
func (t Try) Rule() *rules.Rule { return t.rule }

// The ids of rules that were silent, in the order in which the first that holds
// decides.
const (
	Failing           = "failing"
	Unreachable       = "unreachable"
	NoSeries          = "no-series"
	TooOld            = "too-old"
	RangeTooShort     = "range-too-short"
	CaptureTooShort   = "capture-too-short"
	SilencedByAbsence = "silenced-by-absence"
	Unmatched         = "unmatched"
	BornLate          = "born-late"
	IdentityChurn     = "identity-churn"
	NotHeld           = "not-held"
	Undefined         = "undefined"
	Quiet             = "quiet"
)

// The ids of rules that fired.
const (
	AlwaysTrue = "always-true"
	Fallback   = "fallback"
	Past       = "past"
	Young      = "young"
	Flapping   = "flapping"
	Fired      = "fired"
)

// The ids of notes, which may follow any other.
const (
	TypeMisuse    = "type-misuse"
	PartlyBlind   = "partly-blind"
	Coarse        = "coarse"
	TemplateFails = "template-fails"
	LabelsLost    = "labels-lost"
	Order         = "order"
	MaskedArm     = "masked-arm"
	Step          = "step"
)

// A kind makes the findings of one id; none when it does not hold.
type kind struct {
	id   string
	find func(*trace) []Finding
}

// findings are those of a rule, the deciding one first.
func (t *trace) findings() []Finding {
	kinds := silentKinds
	if t.fired() {
		kinds = firedKinds
	}
	list, minor := t.made(kinds)
	if len(list)+len(minor) == 0 && !t.fired() {
		list, _ = t.made(leftKinds)
	}
	list = append(list, minor...)
	for _, k := range noteKinds {
		for _, f := range k.find(t) {
			f.ID = k.id
			list = append(list, f)
		}
	}
	return list
}

// made are the findings of kinds, the minor ones apart.
func (t *trace) made(kinds []kind) (list, minor []Finding) {
	for _, k := range kinds {
		for _, f := range k.find(t) {
			f.ID = k.id
			same := func(o Finding) bool { return o.ID == f.ID && o.Text == f.Text }
			if slices.ContainsFunc(list, same) || slices.ContainsFunc(minor, same) {
				continue // an expression may have the same part twice
			}
			if f.minor {
				minor = append(minor, f)
			} else {
				list = append(list, f)
			}
		}
	}
	return list, minor
}
