package report

import (
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// why says of each rule why it came to what it did.
func (p *page) why(res *replay.Result) {
	begun := false
	for i := range res.Rules {
		if i >= len(p.Why) {
			return
		}
		list := p.Why[i]
		if !p.WhyAll {
			list = list[:min(len(list), 1)]
		}
		for _, f := range list {
			if f.ID == verdict.Fired && !p.WhyAll {
				continue // the table has said it
			}
			if !begun {
				p.WriteString("\n")
				begun = true
			}
			p.wrapped(2, "%s", terminal.Clean(f.Text))
			for _, t := range f.Try {
				p.wrapped(6, "    tried: %s: %s", terminal.Clean(t.Change), terminal.Clean(t.Outcome))
			}
		}
	}
}
