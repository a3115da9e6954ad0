package packs

import "time"

// Queries are the expressions that Evaluate may ask with these options, for
// replay.Options.Queries. One that is no PromQL, which Evaluate says, is not
// among them.
func (o Options) Queries() ([]string, error) {
	list := o.Packs
	if list == nil {
		var err error
		if list, err = All(); err != nil {
			return nil, err
		}
	}
	queries := presenceQueries(list)
	for _, p := range list {
		values := p.values(o.Set)
		fillIn(values, time.Minute, "")
		for _, s := range p.Signals {
			for _, e := range s.Exprs {
				queries = append(queries, e.If...)
				for _, text := range []string{e.Expr, e.Life} {
					if text = expand(text, values).text; text == "" {
						continue
					}
					if _, err := parsePromQL(text); err == nil {
						queries = append(queries, text)
					}
				}
			}
		}
	}
	return queries, nil
}

// presenceQueries are the expressions that choose asks.
func presenceQueries(list []*Pack) []string {
	queries := []string{"up"}
	for _, p := range list {
		queries = append(queries, p.When...)
	}
	return queries
}
