package verdict_test

import "testing"

func TestFired(t *testing.T) {
	check(t, []row{
		{name: "values", reason: "when, on what, how far", scene: `j/i m{q="out"} 1*4 500*8`,
			rule: `alert: A, expr: m > 100, for: 30s`, want: "fired", says: []string{"from 09:01:37 to the end", `on i, q="out"`, "500 at most (09:01:07), > 100 is asked for"}},
		{name: "several", reason: "each alert counts, the first is told", scene: "j/i m{q=\"a\"} 1*4 7*8\nj/i m{q=\"b\"} 9*12",
			rule: `alert: A, expr: m > 5`, want: "fired", says: []string{"for 2 alerts", `first from 09:00:07 to the end on i, q="b"`}},
		{name: "once", reason: "one evaluation is no time", scene: `j/i m 1*4 7 1*8`,
			rule: `alert: A, expr: m > 5`, want: "fired", says: []string{"fired at 09:01:07 alone"}},
		{name: "recorded", reason: "a recording rule records", scene: `j/i m 1*8`,
			rule: `record: r, expr: m * 2`, want: "fired", says: []string{"recorded 1 series at all 8 evaluations"}},
		{name: "failing at the end", reason: "evaluations that failed are told of what fired, too", scene: "j/a m 7*8\nj/b m _*4 7*4\nj/a n 1*8",
			rule: `alert: A, expr: 'n * on (job) m > 5'`, want: "fired", also: []string{"failing"}},
	})
}

func TestAlwaysTrue(t *testing.T) {
	check(t, []row{
		{name: "compares nothing", reason: "a sum is a value, if of 0", scene: "j/i m 0*8", rule: `alert: A, expr: sum(m)`, want: "always-true", says: []string{"compares nothing", "all 8 evaluations, value 0"}},
		{name: "bool", reason: "false is 0 and fires", scene: "j/i m 1*8", rule: `alert: A, expr: m != bool 1`, want: "always-true", says: []string{"`bool`"}},
		{name: "bool in arithmetic", reason: "it makes no difference deeper down", scene: "j/i m 1*8", rule: `alert: A, expr: (m > bool 5) * 1`, want: "always-true", says: []string{"`bool`"}},
		{name: "vector", reason: "a value of no series", scene: "j/i m 1*8", rule: `alert: A, expr: vector(0)`, want: "always-true", says: []string{"vector(0) is a value"}},
		{name: "or vector", reason: "the right arm is there when the left is not", scene: "j/i m 1*8", rule: `alert: A, expr: m > 5 or vector(0)`, want: "always-true", says: []string{"vector(0) is a value"}},
		{name: "never less", reason: "a count is 1 or more", scene: "j/i m 1*8", rule: `alert: A, expr: count(m) >= 1`, want: "always-true", says: []string{"can't be other than >= 1"}},
		{name: "unlike", reason: "NaN is unlike any number", scene: "j/i m 7*8", rule: `alert: A, expr: m * NaN != 5`, want: "always-true", says: []string{"value NaN): m * NaN can't be other than != 5."}},
		{name: "a comparison", reason: "it could be false", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5`, want: "fired", not: []string{"always-true"}},
		{name: "and", reason: "the right side compares", scene: "j/i m 7*8", rule: `alert: A, expr: m and m > 5`, want: "fired", not: []string{"always-true"}},
		{name: "absent", reason: "a condition without a comparison", scene: "j/i m 7*8", rule: `alert: A, expr: absent(n)`, want: "fired", not: []string{"always-true"}},
		{name: "recorded", reason: "what records is no alert", scene: "j/i m 0*8", rule: `record: r, expr: sum(m)`, want: "fired", not: []string{"always-true"}},
	})
}

func TestFallback(t *testing.T) {
	check(t, []row{
		{name: "vector", reason: "nothing is there, and 0 is < 1", scene: "j/i n 7*8", rule: `alert: A, expr: (sum(m) or vector(0)) < 1`, want: "fallback", says: []string{"sum(m) had nothing for it, so vector(0)"}},
		{name: "another metric", reason: "an arm below the comparison", scene: "j/i n 7*8", rule: `alert: A, expr: (m or n) > 5`, want: "fallback", says: []string{"m had nothing for it, so n"}},
		{name: "NaN", reason: "NaN is != 1", scene: "j/i m NaN*8", rule: `alert: A, expr: m != 1`, want: "fallback", says: []string{"NaN is != 1"}},
		{name: "not needed", reason: "the left arm is there", scene: "j/i m 0*8", rule: `alert: A, expr: (sum(m) or vector(0)) < 1`, want: "fired", not: []string{"fallback"}},
		{name: "two conditions", reason: "each arm is a condition of its own", scene: "j/i n 7*8", rule: `alert: A, expr: m > 5 or n > 5`, want: "fired", not: []string{"fallback"}},
		{name: "seldom", reason: "it decides only where it is most of it", scene: "j/i m _*1 0*9", rule: `alert: A, expr: (sum(m) or vector(0)) < 1`, want: "fired", also: []string{"fallback"}},
	})
}

func TestPast(t *testing.T) {
	check(t, []row{
		{name: "window", reason: "the series ended, the window goes on", scene: "j/i m_total{pod=\"a\"} 0+1*12 _*12\nj/i n 1*24", rule: `alert: A, expr: 'increase(m_total[5m]) > 1'`, want: "past", says: []string{`pod="a"`, "no sample after 09:02:45", "[5m] looking back"}},
		{name: "offset", reason: "so does an offset", scene: "j/i m{pod=\"a\"} 7*12 _*12\nj/i n 1*24", rule: `alert: A, expr: m offset 2m > 5`, want: "past", says: []string{"offset 2m looking back"}},
		{name: "guarded", reason: "and lets it through only while the series is there", scene: "j/i m_total{pod=\"a\"} 0+1*12 _*12\nj/i n{pod=\"a\"} 1*12 _*12", rule: `alert: A, expr: 'increase(m_total[5m]) > 1 and on (pod) n'`, want: "fired", not: []string{"past"}},
		{name: "one of two", reason: "the sum has another that is there", scene: "j/i m_total{pod=\"a\"} 0+1*12 _*12\nj/i m_total{pod=\"b\"} 0+1*24", rule: `alert: A, expr: 'sum(increase(m_total[5m])) > 1'`, want: "fired", not: []string{"past"}},
		{name: "no window", reason: "what is gone is not seen", scene: "j/i m{pod=\"a\"} 7*12 _*12\nj/i n 1*24", rule: `alert: A, expr: m > 5`, want: "fired", not: []string{"past"}},
		{name: "the guard's window", reason: "what makes the value is there", scene: "j/i m 7*24\nj/i g 1*12 _*12", rule: `alert: A, expr: 'm > 5 and count_over_time(g[5m])'`, want: "fired", not: []string{"past"}},
	})
}

func TestYoung(t *testing.T) {
	check(t, []row{
		{name: "born later", reason: "an hour is asked for and minutes are there", scene: "j/i m{v=\"new\"} _*8 9+-1*8\nj/i n 1*16", rule: `alert: A, expr: 'predict_linear(m[1h], 3600) < 0'`, want: "young", says: []string{`v="new"`, "which [1h] is longer than", "first seen at 09:02:00"}},
		{name: "to the end", reason: "the window was never full", scene: "j/i m _*8 9*8\nj/i n 1*16", rule: `alert: A, expr: 'max_over_time(m[1h]) > 5'`, want: "young", says: []string{"; the capture ends before the window was full."}},
		{name: "not to the end", reason: "a step that leaves the window", scene: "j/i m _*8 9*2 1*30\nj/i n 1*40", rule: `alert: A, expr: 'avg_over_time(m[2m]) > 5'`, want: "young", says: []string{"; it no longer fired once the window was full."}},
		{name: "what is absent", reason: "a series that is not there has no age", scene: "j/i m _*8 1*8\nj/i n 1*16", rule: `alert: A, expr: 'absent_over_time(m[1m])'`, want: "fired", not: []string{"young"}},
		{name: "the capture is young", reason: "what was there at its start may be old", scene: "j/i m 9+-1*16", rule: `alert: A, expr: 'predict_linear(m[1h], 3600) < 0'`, want: "fired", not: []string{"young"}},
		{name: "old enough", reason: "the window was full when it fired", scene: "j/i m _*2 0*8 5*14\nj/i n 1*24", rule: `alert: A, expr: 'max_over_time(m[1m]) > 4'`, want: "fired", not: []string{"young"}},
	})
}

func TestFlapping(t *testing.T) {
	check(t, []row{
		{name: "three times", reason: "again and again", scene: "j/i m 7*2 1*2 7*2 1*2 7*2 1*2", rule: `alert: A, expr: m > 5`, want: "flapping", says: []string{"fired 3 times", "30s at most"}, also: []string{"fired"}},
		{name: "twice", reason: "twice may be two events", scene: "j/i m 7*2 1*2 7*2 1*2", rule: `alert: A, expr: m > 5`, want: "fired", not: []string{"flapping"}},
		{name: "kept", reason: "keep_firing_for bridges the gaps", scene: "j/i m 7*2 1*2 7*2 1*2 7*2 1*2", rule: `alert: A, expr: m > 5, keep_firing_for: 2m`, want: "fired", not: []string{"flapping"}},
	})
}
