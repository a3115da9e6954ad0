package serve

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAlertsAsOf asks for alerts at times of a rule's life: b is down from 50 s
// on, is seen so at 55 s, and fires 20 s later.
func TestAlertsAsOf(t *testing.T) {
	h := handler(t, nil)
	down := func(state string) string {
		return `{"labels":{"alertname":"Down","instance":"b","job":"app","severity":"bad"},"annotations":{"summary":"b is down"},"state":"` + state + `","activeAt":"2001-09-09T01:47:35Z","value":"0e+00"}`
	}
	for _, row := range []struct{ name, reason, time, want string }{
		{"before the first evaluation", "nothing is known", "999999999", `{"alerts":[]}`},
		{"before it is down", "nothing is wrong", "1000000050", `{"alerts":[]}`},
		{"just down", "the first evaluation that sees it", "1000000055", `{"alerts":[` + down("pending") + `]}`},
		{"between evaluations", "as the last one left it", "1000000074.999", `{"alerts":[` + down("pending") + `]}`},
		{"when for has passed", "at ≥", "1000000075", `{"alerts":[` + down("firing") + `]}`},
		{"at the end", "the default", "", `{"alerts":[` + down("firing") + `]}`},
		{"long after", "the last evaluation is the last thing known", "1100000000", `{"alerts":[` + down("firing") + `]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := get(h, api+"alerts?time="+row.time)
			require.Equal(t, `{"status":"success","data":`+row.want+`}`, got.body, row.reason)
		})
	}
	require.Equal(t, 400, get(h, api+"alerts?time=x").code)
}

type rulesReply struct {
	Data struct {
		Groups []struct {
			Name, File, LastEvaluation string
			Interval                   float64
			Limit                      int
			Rules                      []map[string]any
		}
		GroupNextToken string
	}
}

func rulesOf(t *testing.T, h *Handler, params string) (out rulesReply, names string) {
	t.Helper()
	got := get(h, api+"rules?"+params)
	require.Equal(t, 200, got.code, got.body)
	require.NoError(t, json.Unmarshal([]byte(got.body), &out))
	for _, g := range out.Data.Groups {
		names += g.Name + ":"
		for _, r := range g.Rules {
			names += " " + r["name"].(string)
		}
		names += "\n"
	}
	return out, names
}

func TestRules(t *testing.T) {
	h := handler(t, nil)
	out, names := rulesOf(t, h, "")
	require.Equal(t, "g: job:up:sum Down Fails\nh: Never\n", names)
	g := out.Data.Groups[0]
	require.Equal(t, "rules.yml 2001-09-09T01:48:15Z", g.File+" "+g.LastEvaluation)
	require.Equal(t, 10.0, g.Interval)
	require.Equal(t, 9, g.Limit)
	require.Equal(t, map[string]any{
		"name": "job:up:sum", "query": "sum by (job) (up)", "labels": map[string]any{"team": "a"}, "health": "ok",
		"evaluationTime": 0.0, "lastEvaluation": "2001-09-09T01:48:15Z", "type": "recording",
	}, g.Rules[0], "the expression is printed as a server prints it")
	require.Equal(t, "firing", g.Rules[1]["state"])
	require.Equal(t, 20.0, g.Rules[1]["duration"])
	require.Len(t, g.Rules[1]["alerts"], 1)
	require.Equal(t, "err", g.Rules[2]["health"])
	require.Contains(t, g.Rules[2]["lastError"], "vector cannot contain metrics with the same labelset")
	require.Equal(t, 60.0, out.Data.Groups[1].Rules[0]["keepFiringFor"])
	require.Equal(t, "inactive", out.Data.Groups[1].Rules[0]["state"])
}

func TestRulesThatAreAskedFor(t *testing.T) {
	h := handler(t, nil)
	for _, row := range []struct{ name, reason, params, want string }{
		{"by type", "recording rules alone", "type=record", "g: job:up:sum\n"},
		{"by the other type", "in any letters", "type=ALERT", "g: Down Fails\nh: Never\n"},
		{"by name", "each of several", "rule_name[]=Never&rule_name[]=Down", "g: Down\nh: Never\n"},
		{"by group", "whole groups", "rule_group[]=h", "h: Never\n"},
		{"by file", "no other file", "file[]=x", ""},
		{"by labels", "those of the rule", "match[]=" + url.QueryEscape(`{severity="bad"}`), "g: Down\n"},
		{"before all", "no evaluation is known", "time=5&rule_name[]=Never", "h: Never\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, names := rulesOf(t, h, row.params)
			require.Equal(t, row.want, names, row.reason)
		})
	}
	out, _ := rulesOf(t, h, "time=5")
	require.Equal(t, "unknown unknown", out.Data.Groups[0].Rules[1]["state"].(string)+" "+out.Data.Groups[0].Rules[1]["health"].(string))
	out, _ = rulesOf(t, h, "exclude_alerts=1&rule_name[]=Down")
	require.Nil(t, out.Data.Groups[0].Rules[0]["alerts"])

	page, names := rulesOf(t, h, "group_limit=1")
	require.Equal(t, "g: job:up:sum Down Fails\n", names)
	_, names = rulesOf(t, h, "group_limit=1&group_next_token="+page.Data.GroupNextToken)
	require.Equal(t, "h: Never\n", names)
	for _, wrong := range []string{"type=x", "exclude_alerts=x", "group_limit=0", "group_limit=x", "group_next_token=x", "group_limit=1&group_next_token=x", "match[]=%7B%7D", "time=x"} {
		got := get(h, api+"rules?"+wrong)
		require.Equal(t, 400, got.code, wrong)
		require.Contains(t, got.body, `"errorType":"bad_data"`, wrong)
	}
}
