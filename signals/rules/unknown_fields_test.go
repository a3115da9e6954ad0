package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// Fields of other rulers are errors, unless they are to be let through, which
// hides no other mistake.
func TestIgnoreUnknownFields(t *testing.T) {
	for _, tt := range []struct {
		name, text         string
		strict, permissive string // first error; "" when it loads
	}{
		{"vmalert's of a rule", "groups:\n- name: g\n  rules:\n  - {record: r, expr: up, debug: true}", "f:4:27: ", ""},
		{"Mimir's of a group", "groups:\n- name: g\n  source_tenants: [a]\n  rules: []", "f:3:3: ", ""},
		{"Mimir's of a file", "namespace: n\ngroups: []", "f:1:1: ", ""},
		{"Thanos' of a group", "groups:\n- name: g\n  partial_response_strategy: warn\n  rules: []", "f:3:3: ", ""},
		{"of a PrometheusRule", "spec:\n  groups:\n  - name: g\n    type: x\n    rules: []", "f:4:5: ", ""},
		{"beside a bad expression", "groups:\n- name: g\n  x: 1\n  rules:\n  - {record: r, expr: 'up =='}", "f:3:3: ", "f:5:29: "},
		{"beside a group without a name", "groups:\n- x: 1\n  rules: []", "f:2:3: ", "f:2:3: "},
		{"a known field twice", "groups:\n- name: g\n  name: h\n  rules: []", "f:3:3: ", "f:3:3: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, permissive := range []bool{false, true} {
				want := tt.strict
				if permissive {
					want = tt.permissive
				}
				_, errs := rules.ParseAny("f", []byte(tt.text), rules.ParseOptions{IgnoreUnknownFields: permissive})
				if want == "" {
					require.Empty(t, errs)
					continue
				}
				require.NotEmpty(t, errs)
				require.Contains(t, errs[0].Error(), want)
			}
		})
	}
}

// A rule's place is that of its first field, in each shape of a file.
func TestRulePlaces(t *testing.T) {
	for name, text := range map[string]string{
		"a rule file":      "groups:\n- name: g\n  rules:\n  -\n     record: r\n     expr: up",
		"a PrometheusRule": "spec:\n groups:\n - name: g\n   rules:\n   - record: r\n     expr: up",
	} {
		groups, errs := rules.ParseAny("f", []byte(text), rules.ParseOptions{})
		require.Empty(t, errs, name)
		r := groups[0].Rules[0]
		require.Equal(t, []int{5, 6}, []int{r.Line, r.Column}, name)
	}
}
