package report

import (
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// why says of each rule why it came to what it did, in the order of the table.
func (p *page) why(res *replay.Result) {
	begun := false
	for _, i := range p.told(res) {
		for n, f := range p.Why[i] {
			if p.leaves(n, f) {
				continue
			}
			if !begun {
				p.WriteString("\n")
				begun = true
			}
			p.wrapped(2, "%s", terminal.Clean(f.Text))
			for _, t := range f.Try {
				p.wrapped(6, "    tried: %s: %s", terminal.Clean(t.Change), terminal.Clean(t.Outcome))
			}
			p.untried(f)
		}
	}
	if begun && !p.WhyAll && p.Hints.Why != "" {
		p.wrapped(2, "(%s)", p.Hints.Why)
	}
}

// told lists the numbers of the rules of which findings are shown.
func (p *page) told(res *replay.Result) []int {
	if len(p.Why) < len(res.Rules) {
		return nil
	}
	return ordered(res)
}

// leaves tells whether a page leaves out the finding at a place of its rule's.
func (p *page) leaves(n int, f verdict.Finding) bool {
	// The table has said that a rule fired.
	return !p.WhyAll && (n > 0 && f.ID != verdict.TemplateFails || f.ID == verdict.Fired)
}
