package report

// Hints are what a program says of its own flags and commands where a page
// leaves something out or tells what was assumed. Those that are empty are left
// away, and with them nothing but the hint.
type Hints struct {
	Whole     string // where all of a list is that was cut, such as "--format json has them"
	Rows      string // what shows all rows of a list, such as "--all shows them"
	Why       string // what shows all findings
	Times     string // how the times that were understood are kept
	Damage    string // what makes a damaged line fail its scrape
	Gaps      string // what makes missing scrapes failed ones
	OneScrape string // whole sentences: what to ask of a capture with one scrape a target
	Phase     string // what sets the phase of a replay
	Lose      string // what loses scrapes of it
	AddFor    string // what makes `for` longer
	Replay    string // the command of the replay
}

// hint puts a hint behind what it is about.
func hint(text string) string { return withHead(": ", text, "") }

// inParentheses puts a hint behind what it is about, within a sentence.
func inParentheses(text string) string { return withHead(" (", text, ")") }

// afterSentence puts a sentence behind another.
func afterSentence(text string) string { return withHead(" ", text, "") }

func withHead(head, text, tail string) string {
	if text == "" {
		return ""
	}
	return head + text + tail
}
