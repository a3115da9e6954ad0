package packs

import "time"

// Asks are the expressions that Evaluate may ask with these options, and
// Choose: what replay.Options.Ask wants to know. One that is no PromQL, which
// Evaluate says, is not among them.
func (o Options) Asks() ([]string, error) {
	list := o.Packs
	if list == nil {
		var err error
		if list, err = All(); err != nil {
			return nil, err
		}
	}
	asks := Whens(list)
	for _, p := range list {
		values := p.values(o.Set)
		fillIn(values, time.Minute, "")
		for _, s := range p.Signals {
			for _, e := range s.Exprs {
				asks = append(asks, e.If...)
				for _, text := range []string{e.Expr, e.Life} {
					if text = expand(text, values).text; text == "" {
						continue
					}
					if _, err := parsePromQL(text); err == nil {
						asks = append(asks, text)
					}
				}
			}
		}
	}
	return asks, nil
}

// Whens are the expressions that Choose asks: what replay.Options.Ask wants to
// know when Stored calls Choose.
func Whens(list []*Pack) []string {
	asks := []string{"up"}
	for _, p := range list {
		asks = append(asks, p.When...)
	}
	return asks
}
