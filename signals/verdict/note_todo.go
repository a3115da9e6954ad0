package verdict

import "github.com/scrapebook/scrapebook/signals/rules"

type stepped struct{}

func (f *firing) stepping(*trace, rules.Look) {}
