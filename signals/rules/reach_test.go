package rules

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/query"
)

func TestReachOfTemplates(t *testing.T) {
	e := query.NewEngine(query.Options{})
	for _, row := range []struct {
		name, text string
		queries    []string
		unknown    bool
	}{
		{"no query", `{{ $value }} is a query`, nil, false},
		{"a query as it stands", `{{ with query "b" }}{{ . }}{{ end }}`, []string{"b"}, false},
		{"from a pipe", `{{ range "b" | query }}{{ . }}{{ end }}`, []string{"b"}, false},
		{"in brackets", `{{ (query "b" | first).Value }}`, []string{"b"}, false},
		{"put together", `{{ query (printf "b{x=%q}" $labels.x) }}`, nil, true},
		{"one of two put together", `{{ query "b" }}{{ query .Labels.x }}`, []string{"b"}, true},
		{"within a definition", `{{ define "t" }}{{ query "b" }}{{ end }}{{ template "t" }}`, []string{"b"}, false},
		{"what never runs", `{{ query `, nil, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, err := ParseExpr("A", "a", ParseOptions{})
			require.NoError(t, err)
			g.Rules[0].Annotations = labels.FromStrings("text", row.text)
			r := g.Reach(e, g.Rules[0])
			var got []string
			for _, s := range r.Selectors[1:] {
				got = append(got, s.String)
			}
			require.Equal(t, row.queries, got)
			require.Equal(t, row.unknown, r.Unknown != "")
		})
	}
}
