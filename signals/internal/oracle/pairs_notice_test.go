package oracle

import (
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/value"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

func readPair(t *testing.T, file string) *pair {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{}
	if err := yaml.Unmarshal(data, p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPairsNotice proves that TestPairs can fail: it changes what our side is
// given or what it made of it, and wants the difference to be told.
func TestPairsNotice(t *testing.T) {
	const basic = keptPairs + "/basic.yml"
	ours, err := replayPair(readPair(t, basic))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := liveThrough(t, readPair(t, basic), ours.interval)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, with string) func(*pair) {
		return func(p *pair) {
			for i := range p.Rules {
				if strings.Contains(p.Rules[i], old) {
					p.Rules[i] = strings.Replace(p.Rules[i], old, with, 1)
					return
				}
			}
			panic("no rule has " + old)
		}
	}
	body := func(old, with string) func(*pair) {
		return func(p *pair) {
			list := p.Targets[0].Scrapes
			for i := range list {
				if strings.Contains(string(list[i].Body), old) {
					list[i].Body = text(strings.Replace(string(list[i].Body), old, with, 1))
					return
				}
			}
			panic("no body has " + old)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*pair)    // of what we are given
		spoil  func(*outcome) // or of what we made of it
		tells  string         // in some difference; "" when there must be none
	}{
		{"the pair as it is", func(*pair) {}, nil, ""},
		{"one value", body("g 8", "g 8.000000000000002"), nil, `__name__="g"`},
		{"one line fewer", body("c_total{code=\"200\"} 30\n", ""), nil, "c_total"},
		{"one scrape later by 1 ms", func(p *pair) { p.Targets[1].Scrapes[2].At++ }, nil, `__name__="own"`},
		{"a failure that is none", func(p *pair) { p.Targets[0].Scrapes[4] = pairScrape{At: 1700000040000, Body: "g 8\n"} }, nil, `__name__="up"`},
		{"a target's label", func(p *pair) { p.Targets[0].Labels["zone"] = "z2" }, nil, `zone="z2"`},
		{"honor_labels", func(p *pair) { p.Jobs[1].Settings["honor_labels"] = false }, nil, "exported_job"},
		{"track_timestamps_staleness", func(p *pair) { p.Jobs[1].Settings["track_timestamps_staleness"] = false }, nil, `__name__="own"`},
		{"damage fails the scrape", func(p *pair) { p.OnDamageFail = true }, nil, `alertname="Gone"`},
		{"for, one instant more", replace("for: 20s\n", "for: 30s\n"), nil, `alertname="High"`},
		{"for, one instant less", replace("for: 20s\n", "for: 10s\n"), nil, `alertname="High"`},
		{"keep_firing_for, one instant more", replace("keep_firing_for: 5s", "keep_firing_for: 15s"), nil, `alertname="High"`},
		{"a label's template", replace("$labels.instance", "$labels.job"), nil, `team="api"`},
		{"an annotation", replace("summary", "summery"), nil, "summery"},
		{"a template's query", replace(`query \"r:errors\"`, `query \"r:none\"`), nil, "alert"},
		{"an external label", func(p *pair) { p.External = nil }, nil, ""}, // only templates show them
		{"the interval of a group", replace("interval: 20s", "interval: 30s"), nil, "evaluations"},
		{"query_offset", replace("query_offset: 5s", "query_offset: 4s"), nil, `alertname="Chain"`},
		{"limit", replace("limit: 1\n", "limit: 0\n"), nil, `alertname="Limited"`},
		{"a group's label", replace("severity: group", "severity: groop"), nil, "groop"},
		{"one rule more", func(p *pair) {
			p.Rules[0] = strings.Replace(p.Rules[0], "- {alert: Limited", "- {record: x, expr: \"1\"}\n  - {alert: Limited", 1)
		}, nil, "rules: upstream"},
		{"a range", replace("[25s]", "[24s]"), nil, "r:errors"},
		{"a query's start", func(p *pair) { p.Queries[0].Start += 1000 }, nil, "query 0"},
		{"a query's expression", func(p *pair) { p.Queries[1].Expr = "own * 1" }, nil, "query 1"},
		{"an evaluation without error", nil, func(o *outcome) { o.rules[2].failed-- }, "rule 2"},
		{"one bit of a recorded sample", nil, spoilSample("r:errors", func(s []sample) []sample {
			s[0].v = math.Float64frombits(math.Float64bits(s[0].v) ^ 1)
			return s
		}), "r:errors"},
		{"a staleness marker that is another NaN", nil, spoilSample("c_total", func(s []sample) []sample {
			s[marker(s)].v = math.NaN()
			return s
		}), "c_total"},
		{"no marker of a scraped series", nil, spoilSample("c_total", dropMarker), "c_total"},
		{"no marker of ALERTS", nil, spoilSample("ALERTS", dropMarker), "ALERTS"},
		{"no marker of ALERTS_FOR_STATE", nil, spoilSample("ALERTS_FOR_STATE", dropMarker), "ALERTS_FOR_STATE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := readPair(t, basic)
			if c.change != nil {
				c.change(p)
			}
			changed, err := replayPair(p)
			if err != nil {
				t.Fatal(err)
			}
			if c.spoil != nil {
				c.spoil(changed)
			}
			list := compareOutcomes(theirs, changed)
			if c.tells == "" && len(list) == 0 || c.tells != "" && slices.ContainsFunc(list, func(d string) bool { return strings.Contains(d, c.tells) }) {
				return
			}
			t.Errorf("want a difference that tells of %q, got %q", c.tells, list)
		})
	}
}

func marker(s []sample) int {
	return slices.IndexFunc(s, func(s sample) bool { return value.IsStaleNaN(s.v) })
}

func dropMarker(s []sample) []sample {
	i := marker(s)
	return slices.Delete(s, i, i+1)
}

// spoilSample changes the first series of a name that has a marker.
func spoilSample(name string, f func([]sample) []sample) func(*outcome) {
	return func(o *outcome) {
		for _, key := range slices.Sorted(maps.Keys(o.stored)) {
			if strings.Contains(key, `__name__="`+name+`"`) && marker(o.stored[key]) >= 0 {
				o.stored[key] = f(o.stored[key])
				return
			}
		}
	}
}

// TestPairsNoticeAnySample spoils any one sample of drawn pairs.
func TestPairsNoticeAnySample(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPair(rt)
		p.Queries = nil
		o, err := replayPair(p)
		if err != nil {
			rt.Fatal(err)
		}
		same, err := replayPair(p)
		if err != nil {
			rt.Fatal(err)
		}
		key := rapid.SampledFrom(slices.Sorted(maps.Keys(o.stored))).Draw(rt, "series")
		list := o.stored[key]
		i := rapid.IntRange(0, len(list)-1).Draw(rt, "sample")
		switch rapid.IntRange(0, 2).Draw(rt, "how") {
		case 0:
			list[i].v = math.Float64frombits(math.Float64bits(list[i].v) ^ 1<<rapid.IntRange(0, 63).Draw(rt, "bit"))
		case 1:
			list[i].ts++
		default:
			o.stored[key] = slices.Delete(list, i, i+1)
		}
		if len(compareOutcomes(same, o)) == 0 {
			rt.Errorf("%s: sample %d was spoilt and nothing noticed", key, i)
		}
	})
}
