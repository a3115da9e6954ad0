package verdict

// silentKinds are the findings of rules that were silent, in the order in which
// the first that holds decides.
var silentKinds []kind

func init() { // some ask for the findings of other rules
	silentKinds = []kind{
		{Failing, failing},
		{Unreachable, unreachable},
		{NoSeries, noSeries},
		{TooOld, tooOld},
		{RangeTooShort, rangeTooShort},
		{CaptureTooShort, captureTooShort},
		{SilencedByAbsence, silencedByAbsence},
		{Unmatched, unmatched},
		{BornLate, bornLate},
		{IdentityChurn, identityChurn},
		{NotHeld, notHeld},
		{Undefined, undefined},
		{Quiet, quiet},
		{Quiet, quietOther},
	}
}

// tallies lists the causes of a kind, the most frequent first; of equals the
// one that stands first in the expression.
func (t *trace) tallies(c cause) []*tally {
	var list []*tally
	for _, n := range t.nodes {
		if y := t.causes[causeKey{n.id, c}]; y != nil {
			list = append(list, y)
		}
	}
	return list
}
