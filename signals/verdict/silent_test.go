package verdict_test

import "testing"

func TestNoSeries(t *testing.T) {
	check(t, []row{
		{name: "metric", reason: "a typo in the name", scene: `j/i operator_log_messages_total{level="info"} 1*8`,
			rule: `alert: A, expr: operator_log_mesages_total > 0`, want: "no-series",
			says: []string{"no metric operator_log_mesages_total", "probably operator_log_messages_total is meant"}},
		{name: "metric, nothing near", reason: "no name is proposed that is not like it", scene: `j/i abc 1*8`,
			rule: `alert: A, expr: a_very_long_and_other_name > 0`, want: "no-series", says: []string{"no metric a_very_long_and_other_name."}},
		{name: "metric, one near", reason: "a name is one, and digits are no misprint", scene: `j/i job:ratio5m 1*8`,
			rule: `alert: A, expr: 'job:ratio1h > 0'`, want: "no-series", says: []string{"; the nearest name is job:ratio5m."}},
		{name: "metric without its unit", reason: "a counter's name ends in _total", scene: `j/i requests_total 1*8`,
			rule: `alert: A, expr: 'rate(requests[1m]) > 0'`, want: "no-series", says: []string{"probably requests_total is meant"}},
		{name: "metric, other words", reason: "what is rejected is not dispatched", scene: `j/i flowcontrol_dispatched_requests_total 1*8`,
			rule: `alert: A, expr: flowcontrol_rejected_requests_total > 0`, want: "no-series", says: []string{"the nearest name is flowcontrol_dispatched_requests_total"}},
		{name: "a classic histogram", reason: "a native one is asked for", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"1\"} 0+1*8\nj/i h_bucket{le=\"+Inf\"} 0+1*8\nj/i h_count 0+1*8\nj/i h_sum 0+1*8",
			rule: `alert: A, expr: 'histogram_quantile(0.9, rate(h[1m])) > 5'`, want: "no-series", says: []string{"no metric h; it is there as a classic histogram, by the name h_bucket."}},
		{name: "of the server", reason: "no file tells how long a scrape took", scene: `j/i go_gc_duration_seconds 1*8`,
			rule: `alert: A, expr: scrape_duration_seconds > 5`, want: "no-series", says: []string{"which a server writes of each scrape by itself and saved scrapes do not tell."}},
		{name: "scalar of nothing", reason: "a threshold that is NaN lets nothing pass", scene: `j/i m 1*8`,
			rule: `alert: A, expr: m > scalar(nothing)`, want: "no-series", says: []string{"no metric nothing", "m gave 1 meanwhile"}},
		{name: "scalar of nothing, unlike", reason: "everything is unlike NaN", scene: `j/i m 1*8`,
			rule: `alert: A, expr: m != scalar(nothing)`, want: "fired"},
		{name: "beside what is unlike scalar of nothing", reason: "that lets everything through", scene: `j/i m 1*8`,
			rule: `alert: A, expr: m > 5 and m != scalar(nothing)`, want: "quiet", not: []string{"no-series"}},
		{name: "an alert that is not in the set", reason: "it can't be good news that it was not seen", scene: "j/i m 7*8",
			rule: "alert: A, expr: 'ALERTS{alertname=\"C\"} == 1'\nalert: B, expr: m > 5", want: "no-series", says: []string{`(there: alertname="B"); no rule of the set writes it.`}},
		{name: "an alert that never was", reason: "its rule was silent, and says why", scene: "j/i m 1*8",
			rule: "alert: A, expr: 'ALERTS{alertname=\"B\"} == 1'\nalert: B, expr: m > 5\nalert: C, expr: m > 0", want: "no-series", says: []string{"the alert B, of which ALERTS{alertname=\"B\"} would be, was never pending or firing: B was quiet"}},
		{name: "an alert that was pending", reason: "firing was asked for", scene: "j/i m 7*8",
			rule: "alert: A, expr: 'ALERTS{alertname=\"B\", alertstate=\"firing\"} == 1'\nalert: B, expr: m > 5, for: 1h", want: "no-series", says: []string{"was pending at most and never fired: B had been pending"}},
		{name: "its own alert", reason: "nobody else writes it", scene: "j/i m 7*8",
			rule: `alert: A, expr: 'ALERTS{alertname="A"} == 1'`, want: "no-series", says: []string{"by itself alone, which it never began to"}},
		{name: "a record of other labels", reason: "the rule sets another value", scene: "j/i m 7*8",
			rule: "alert: A, expr: 'r{team=\"b\"} > 0'\nrecord: r, expr: m, labels: {team: a}", want: "no-series", says: []string{`(there: team="a"); no rule of the set writes it.`}},
		{name: "label", reason: "the label is renamed", scene: `j/i m{label_new="backup"} 1*8`,
			rule: `alert: A, expr: 'm{label_old=~"backup|check"} > 0'`, want: "no-series",
			says: []string{"no m has a label label_old", `label_new="backup" would pass`}},
		{name: "value", reason: "never seen, which may be good news", scene: "j/i m{level=\"info\"} 1*8\nj/i m{level=\"warn\"} 1*8",
			rule: `alert: A, expr: 'm{level="error"} > 0'`, want: "no-series", says: []string{`level="info" and level="warn"`, "may be good news"}},
		{name: "value, likely", reason: "an operator names the job NAMESPACE/NAME", scene: `ai-llmkube/i m 1*8`,
			rule: `alert: A, expr: 'up{job="llmkube"} == 0'`, want: "no-series", says: []string{`probably job="ai-llmkube" is meant`}},
		{name: "job, not likely", reason: "that a job is not there is no good news", scene: `j/i m 1*8`,
			rule: `alert: A, expr: 'up{job="other"} == 0'`, want: "no-series", says: []string{`(there: job="j").`}},
		{name: "value, not likely", reason: "200 is like 201 but no repair of it", scene: "j/i m{code=\"201\"} 1*8\nj/i m{code=\"404\"} 1*8",
			rule: `alert: A, expr: 'm{code="200"} > 0'`, want: "no-series", says: []string{"may be good news"}},
		{name: "le", reason: "stored as 1.0 since Prometheus 3", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"1\"} 0+1*8\nj/i h_bucket{le=\"+Inf\"} 0+1*8\nj/i h_count 0+1*8\nj/i h_sum 0+1*8",
			rule: `alert: A, expr: 'rate(h_bucket{le="1"}[1m]) > 0'`, want: "no-series", says: []string{`stored as le="1.0"`}},
		{name: "combination", reason: "each matcher has its series", scene: "j/i m{a=\"1\",b=\"1\"} 1*8\nj/i m{a=\"2\",b=\"2\"} 1*8",
			rule: `alert: A, expr: 'm{a="1",b="2"} > 0'`, want: "no-series", says: []string{"none passes all of them"}},
		{name: "one side", reason: "and needs both sides, the other had data", scene: "j/i m 7*8",
			rule: `alert: A, expr: m > 5 and other > 0`, want: "no-series", says: []string{"no metric other", "m > 5 gave 7 meanwhile"}},
		{name: "recorded", reason: "its rule never gave any", scene: "j/i m 1*8",
			rule: "alert: A, expr: rec > 0\nrecord: rec, expr: nothing_of_this * 2", want: "no-series",
			says: []string{"the rule that records rec never gave any", "no metric nothing_of_this"}},
		{name: "or", reason: "the other arm is there, so it is needed for nothing", scene: "j/i m 1*8",
			rule: `alert: A, expr: nothing > 0 or m > 5`, want: "quiet", not: []string{"no-series"}},
		{name: "unless", reason: "what is taken away need not be there", scene: "j/i m 1*8",
			rule: `alert: A, expr: m > 5 unless nothing`, want: "quiet", not: []string{"no-series"}},
		{name: "absent", reason: "absent() is there for what is not", scene: "j/i m 1*8",
			rule: `alert: A, expr: absent(m)`, want: "quiet", not: []string{"no-series"}},
	})
}

func TestTooOld(t *testing.T) {
	check(t, []row{
		{name: "own timestamps", reason: "ten minutes behind the scrape, a sample is visible for five", scene: "j/i m 5@-600*40",
			rule: `alert: A, expr: m < 90`, want: "too-old", says: []string{"10m behind their scrape"}},
		{name: "rare scrapes", reason: "a scrape interval above the look-back", scene: "j/i EVERY 7m\nj/i m 1*6",
			rule: "groups: [{name: g, interval: 1m, rules: [{alert: A, expr: m > 5}]}]", want: "quiet", also: []string{"too-old"}},
		{name: "young enough", reason: "two minutes are visible", scene: "j/i m 5@-120*40", rule: `alert: A, expr: m > 90`, want: "quiet", not: []string{"too-old"}},
	})
}

func TestRangeTooShort(t *testing.T) {
	check(t, []row{
		{name: "one interval", reason: "a left-open window of one interval holds one sample", scene: "j/i EVERY 1m\nj/i m_total 0+1*20",
			rule: "groups: [{name: g, interval: 30s, rules: [{alert: A, expr: 'rate(m_total[1m]) > 0'}]}]", want: "range-too-short",
			says: []string{"rate needs 2 samples, and [1m] held 1", "1m apart", "[4m] would do"}},
		{name: "wide enough", reason: "only the first window is short, as any is", scene: "j/i m_total 0+1*20",
			rule: `alert: A, expr: 'rate(m_total[1m]) > 9'`, want: "quiet", not: []string{"range-too-short", "capture-too-short"}},
		{name: "missing scrapes", reason: "a window of two intervals bears no missing scrape", scene: "j/i m_total 0+1*24\nj/i SCRAPES ok*3 gap ok*3 gap ok*3 gap ok*3 gap ok*3 gap ok*4",
			rule: `alert: A, expr: 'rate(m_total[30s]) > 0', for: 3m`, want: "range-too-short", says: []string{"missing (first 09:00:45)", "[45s] would bear one"}, also: []string{"not-held"}},
		{name: "computed", reason: "a range may be arithmetic", scene: "j/i EVERY 1m\nj/i m_total 0+1*20",
			rule: "groups: [{name: g, interval: 30s, rules: [{alert: A, expr: 'rate(m_total[30 * 2]) > 0'}]}]", want: "range-too-short", says: []string{"[1m] held 1", "[4m] would do"}},
		{name: "one sample is enough", reason: "max_over_time needs one", scene: "j/i EVERY 1m\nj/i m 1*20",
			rule: `alert: A, expr: 'max_over_time(m[1m]) > 5'`, want: "quiet", not: []string{"range-too-short"}},
	})
}

func TestCaptureTooShort(t *testing.T) {
	check(t, []row{
		{name: "offset", reason: "a day before there was nothing", scene: "j/i m 1*20", rule: `alert: A, expr: 'm - m offset 1d < -1'`,
			want: "capture-too-short", says: []string{"offset 1d looks before the capture begins (09:00:00)", "no verdict on the rule"}},
		{name: "for", reason: "it is pending at the end", scene: "j/i m 9*20", rule: `alert: A, expr: m > 5, for: 15m`,
			want: "capture-too-short", says: []string{"had been pending for 4m45s of its 15m when the capture ended (since 09:00:07 on i): for: 15m needs 10m15s more"}},
		{name: "for, of a rate", reason: "that the first window was short is not why", scene: "j/i m_total 0+10*20", rule: `alert: A, expr: 'rate(m_total[1m]) > 0.1', for: 15m`,
			want: "capture-too-short", says: []string{"had been pending for"}},
		{name: "for longer than the capture", reason: "it could not have fired, and was quiet", scene: "j/i m 1*20", rule: `alert: A, expr: m > 5, for: 15m`,
			want: "quiet", also: []string{"capture-too-short"}},
		{name: "a fixed time", reason: "@ looks to before the capture", scene: "j/i m 9*20", rule: `alert: A, expr: m @ 0 > 5`,
			want: "capture-too-short", says: []string{"@ 1970-01-01 00:00:00 looks before the capture begins"}},
		{name: "query_offset", reason: "the group looks back, and no offset does", scene: "j/i m 9*20", rule: "groups: [{name: g, query_offset: 20m, rules: [{alert: A, expr: m > 5}]}]",
			want: "capture-too-short", says: []string{"query_offset 20m looks before the capture begins"}, not: []string{"silenced-by-absence"}},
		{name: "offset and query_offset", reason: "both are to blame", scene: "j/i m 9*20", rule: "groups: [{name: g, query_offset: 20m, rules: [{alert: A, expr: m offset 5m > 5}]}]",
			want: "capture-too-short", says: []string{"offset 5m and query_offset 20m look before"}},
		{name: "a subquery's offset", reason: "there is a value now, and none then", scene: "j/i m 9*20", rule: `alert: A, expr: 'max_over_time(m[2m:30s] offset 1h) > 5'`,
			want: "capture-too-short", says: []string{"offset 1h looks before"}},
		{name: "a part of a day", reason: "what a day's increase is can't be told", scene: "j/i m_total 0+1*20", rule: `alert: A, expr: 'increase(m_total[1d]) > 500'`,
			want: "capture-too-short", says: []string{"A saw a part of m_total[1d]: the capture holds 4m52s500ms of [1d] at most"}, also: []string{"quiet"}},
		{name: "an average of a part", reason: "a rate is one over less, too", scene: "j/i m_total 0+1*20", rule: `alert: A, expr: 'rate(m_total[1d]) > 500'`,
			want: "quiet", not: []string{"capture-too-short"}},
		{name: "one scrape", reason: "rate needs two", scene: "j/i m_total 1", rule: `alert: A, expr: 'rate(m_total[5m]) > 0'`,
			want: "capture-too-short", says: []string{"the capture had just begun"}},
		{name: "pending again", reason: "it was true before as long, and broke", scene: "j/i m 9*5 1*5 9*5", rule: `alert: A, expr: m > 5, for: 15m`,
			want: "not-held", also: []string{"capture-too-short"}},
	})
}

func TestSilencedByAbsence(t *testing.T) {
	check(t, []row{
		{name: "all targets gone", reason: "sum of nothing is nothing, and 0 would have been below", scene: "yaml targets: {j/i: {ends: removed}}\nj/i m 3*10\nk/i x 1*40",
			rule: `alert: A, expr: 'sum(m) < 1'`, want: "silenced-by-absence", says: []string{"no series is no 0, which would have passed"}},
		{name: "left of unless", reason: "the left side vanished when the right no longer masked it", scene: "j/i m{a=\"1\"} 1*10 _*10\nj/i mask{a=\"1\"} 1*10 _*10",
			rule: `alert: A, expr: m unless on (a) mask`, want: "silenced-by-absence", says: []string{"mask would have let it through"}},
		{name: "one side", reason: "the other side held when it was gone", scene: "j/i m 9*20\nj/i other 0*10 _*10",
			rule: `alert: A, expr: m > 5 and other > 0`, want: "silenced-by-absence", says: []string{`other{instance="i", job="j"}, ended at 09:02:30`, "m > 5 was there then (9)"}},
		{name: "count of nothing", reason: "when all are down, count() is nothing and not 0", scene: "j/i x 1*20\nj/i SCRAPES ok*2 fail*18",
			rule: `alert: A, expr: 'count(up == 1) < 1'`, want: "silenced-by-absence", says: []string{"nothing passed up == 1", "not 0"}},
		{name: "less than half", reason: "the other side is there, the count is not", scene: "j/i x 1*20\nj/i SCRAPES ok*2 fail*18",
			rule: `alert: A, expr: 'count(up == 1) < 0.5 * count(up)'`, want: "silenced-by-absence", says: []string{"nothing passed up == 1"}},
		{name: "both sides of a ratio", reason: "0 in the place of one would still find no partner", scene: "j/i a 1*10 _*10\nj/i b 1*10 _*10\nj/i x 1*20",
			rule: `alert: A, expr: 'sum(a) / sum(b) < 0.5'`, want: "quiet", not: []string{"silenced-by-absence"}},
		{name: "the upper side of a ratio", reason: "0 of something is 0", scene: "j/i a 1*10 _*10\nj/i b 1*20",
			rule: `alert: A, expr: 'sum(a) / sum(b) < 0.5'`, want: "silenced-by-absence", says: []string{"no series is no 0, which would have passed", "sum(b) was there then"}},
		{name: "what is taken from it", reason: "0 taken from 5 is 5, which is not below 1", scene: "j/i a 5*10 _*10\nj/i b 5*20\nj/i x 1*20",
			rule: `alert: A, expr: '5 - sum(a) < -1'`, want: "quiet", not: []string{"silenced-by-absence"}},
		{name: "less than nothing", reason: "5 taken from 0 are below -4.5", scene: "j/i a 1*10 _*10\nj/i b 5*20",
			rule: `alert: A, expr: 'sum(a) - sum(b) < -4.5'`, want: "silenced-by-absence", says: []string{"no series is no 0, which would have passed"}},
		{name: "more of it", reason: "0 taken from what is there, too", scene: "j/i a 1*10 _*10\nj/i b 5*20",
			rule: `alert: A, expr: 'sum(b) - sum(a) > 4.5'`, want: "silenced-by-absence", says: []string{"no series is no 0, which would have passed"}},
		{name: "an average", reason: "of nothing nobody expects it to be 0", scene: "j/i m 3*10 _*10\nj/i x 1*20", rule: `alert: A, expr: 'avg(m) < 1'`, want: "quiet", not: []string{"silenced-by-absence"}},
		{name: "count above", reason: "0 is not above, so that it is nothing matters not", scene: "j/i x 1*20",
			rule: `alert: A, expr: 'count(up == 0) > 0'`, want: "quiet", not: []string{"silenced-by-absence"}},
		{name: "a plain series", reason: "one that ended is no 0 to anybody", scene: "j/i m 9*10 _*10", rule: `alert: A, expr: m < 5`, want: "quiet", not: []string{"silenced-by-absence"}},
		{name: "there all the time", reason: "nothing vanished", scene: "j/i m 3*20", rule: `alert: A, expr: 'sum(m) < 1'`, want: "quiet", not: []string{"silenced-by-absence"}},
		{name: "0 would not pass", reason: "that it is gone makes no difference to a threshold from above", scene: "j/i m 3*10 _*10", rule: `alert: A, expr: 'sum(m) > 5'`,
			want: "quiet", not: []string{"silenced-by-absence"}},
	})
}

func TestUnmatched(t *testing.T) {
	check(t, []row{
		{name: "a label more", reason: "and wants equal labels", scene: "j/i m{event=\"x\"} 2*20\nj/i n 0*20", rule: `alert: A, expr: m > 0 and n == 0`,
			want: "unmatched", says: []string{"differ in event", "left {event, instance, job}", "right {instance, job}", "never"}},
		{name: "no labels", reason: "hour() has none", scene: "j/i m 200*20", rule: `alert: A, expr: m > 100 and hour() >= 0`,
			want: "unmatched", says: []string{"right without labels"}},
		{name: "other values", reason: "of free values nothing is proven", scene: "j/i m{a=\"1\"} 2*20\nj/i n{a=\"2\"} 2*20", rule: `alert: A, expr: m / on (a) n > 0`,
			want: "unmatched", says: []string{"agree in a", "differ in a"}},
		{name: "the nearest pair", reason: "other targets differ in more, and are not what keeps the sides apart", scene: "j/a m{code=\"1\"} 2*20\nj/b m{code=\"1\"} 2*20\nj/b n{code=\"2\"} 2*20\nk/a n{code=\"2\"} 2*20", rule: `alert: A, expr: m / n > 0`,
			want: "unmatched", says: []string{"differ in code, at"}},
		{name: "one side's condition", reason: "they would pair, but for the condition", scene: "j/a m 9*20\nj/a n 1*20\nj/b m 1*20\nj/b n 9*20", rule: `alert: A, expr: m > 5 and n > 5`,
			want: "quiet", says: []string{"both sides of `and` gave something at all 20 evaluations, but never for series that pair: where m > 5 held, n was 1 at most (09:00:07, a), and > 5 is asked for"}, not: []string{"unmatched"}},
		{name: "condition of the left", reason: "the right side compares nothing", scene: "j/a m 9*20\nj/a n 1*20\nj/b m 1*20\nj/b n _*20\nj/a o 1*20\nj/b p 1*20", rule: `alert: A, expr: m > 5 and on (instance) p`,
			want: "quiet", says: []string{"where p held, m was 1 at most (09:00:07, b), and > 5 is asked for"}, not: []string{"unmatched"}},
		{name: "pairs", reason: "they pair, the comparison is false", scene: "j/i m 2*20\nj/i n 3*20", rule: `alert: A, expr: m > n`, want: "quiet", not: []string{"unmatched"}},
	})
}

func TestBornLate(t *testing.T) {
	check(t, []row{
		{name: "born at one", reason: "increase counts from the first sample", scene: "j/i x 1*40\nj/i m_total _*20 1*20", rule: `alert: A, expr: 'increase(m_total[5m]) > 0'`,
			want: "born-late", says: []string{"first seen at 09:05:00, with value 1", "would have fired at 09:05:07"}, also: []string{"quiet"}},
		{name: "summed", reason: "a sum of increases is at least the step", scene: "j/i x 1*40\nj/i m_total{a=\"1\"} _*20 4*20", rule: `alert: A, expr: 'sum(increase(m_total[5m])) > 3', for: 1m`,
			want: "born-late", says: []string{"would have fired at 09:06:07"}},
		{name: "too small a step", reason: "1 is not above 3", scene: "j/i x 1*40\nj/i m_total _*20 1*20", rule: `alert: A, expr: 'increase(m_total[5m]) > 3'`, want: "quiet", not: []string{"born-late"}},
		{name: "born with its target", reason: "nobody knows what was before", scene: "j/i m_total 1*20", rule: `alert: A, expr: 'increase(m_total[5m]) > 0'`, want: "quiet", not: []string{"born-late"}},
		{name: "after a failed scrape", reason: "it may have been counted in between", scene: "j/i x 1*40\nj/i m_total _*20 1*20\nj/i SCRAPES ok*19 fail ok*20", rule: `alert: A, expr: 'increase(m_total[5m]) > 0'`, want: "quiet", not: []string{"born-late"}},
		{name: "born at zero", reason: "there was no step", scene: "j/i x 1*40\nj/i m_total _*20 0*20", rule: `alert: A, expr: 'increase(m_total[5m]) > 0'`, want: "quiet", not: []string{"born-late"}},
	})
}

func TestIdentityChurn(t *testing.T) {
	check(t, []row{
		{name: "value in a label", reason: "each evaluation makes another alert", scene: "j/i m 90+1*20", rule: `alert: A, expr: m > 80, for: 1m, labels: {v: "{{ $value }}"}`,
			want: "identity-churn", says: []string{"label v (made of {{ $value }})", "different alerts", "would have fired at 09:01:07"}},
		{name: "pods", reason: "one pod follows the other", scene: "j/i m{pod=\"a\"} 9*4 _*16\nj/i m{pod=\"b\"} _*4 9*4 _*12\nj/i m{pod=\"c\"} _*8 9*12", rule: `alert: A, expr: m > 5, for: 4m`,
			want: "identity-churn", says: []string{"pod changes", "3 different alerts"}},
		{name: "one alert", reason: "it is the same one, and breaks", scene: "j/i m 9*4 1 9*4 1 9*4 1", rule: `alert: A, expr: m > 5, for: 4m`, want: "not-held", not: []string{"identity-churn"}},
	})
}

func TestNotHeld(t *testing.T) {
	check(t, []row{
		{name: "recovered", reason: "the value fell", scene: "j/i m 9*6 1*14", rule: `alert: A, expr: m > 5, for: 2m`,
			want: "not-held", says: []string{"from 09:00:07 to 09:01:22 on i", "recovered (1)"}},
		{name: "once", reason: "one evaluation is no time", scene: "j/i m 1*6 9 1*6", rule: `alert: A, expr: m > 5, for: 2m`,
			want: "not-held", says: []string{"it was true at 1 of 13 evaluations at 09:01:37 alone on i (0s, for: 2m)"}},
		{name: "series ended", reason: "it was gone, and not well", scene: "j/i m{a=\"1\"} 9*6 _*14", rule: `alert: A, expr: m > 5, for: 2m`,
			want: "not-held", says: []string{"ended at 09:01:30 (series-ended)", "not because it recovered"}},
		{name: "scrape failed", reason: "a failed scrape ends all series", scene: "j/i m 9*20\nj/i SCRAPES ok*6 fail ok*6 fail ok*6", rule: `alert: A, expr: m > 5, for: 2m`,
			want: "not-held", says: []string{"a scrape of i was missing at 09:01:30 (missing-scrape)"}},
		{name: "count of failing targets", reason: "the failing target was taken out of service", scene: "yaml targets: {j/b: {ends: removed}}\nj/a x 1*40\nj/b x 1*20\nj/b SCRAPES ok*5 fail*15",
			rule: `alert: A, expr: 'count by (job) (up == 0) / count by (job) (up) > 0.1', for: 10m`, want: "not-held", says: []string{"series-ended", `instance="b"`}},
		{name: "evaluations failed", reason: "it was due while it could not be evaluated", scene: "j/i m{a=\"1\"} 9*20\nj/i n{b=\"1\"} 1*20\nj/i n{b=\"2\"} _*6 1*14", rule: `alert: A, expr: m * on (instance) n > 5, for: 2m`,
			want: "failing", also: []string{"not-held"}, says: []string{"b would tell them apart", "since 09:01:30", "due to fire at 09:02:07"}},
	})
}

func TestUndefined(t *testing.T) {
	check(t, []row{
		{name: "0/0", reason: "a ratio of nothing", scene: "j/i a 0*20\nj/i b 0*20", rule: `alert: A, expr: a / b > 0.1`, want: "undefined", says: []string{"as 0/0 is", "evaluations"}, not: []string{"quiet"}},
		{name: "0/0 inside", reason: "what it is put into makes no number of it", scene: "j/i a 0*20\nj/i b 0*20", rule: `alert: A, expr: (1 - a / b) * 100 > 80`, want: "undefined", says: []string{"(1 - a / b) * 100 was NaN", "as 0/0 is"}, not: []string{"quiet"}},
		{name: "no 0/0", reason: "an infinity less itself is NaN as well", scene: "j/i a Inf*20\nj/i b 1*20", rule: `alert: A, expr: (a - a) / b > 80`, want: "undefined", says: []string{`NaN for {instance="i", job="j"}.`}, not: []string{"quiet"}},
		{name: "infinities", reason: "one by another is NaN, and no 0/0", scene: "j/i a Inf*20", rule: `alert: A, expr: a / a > 80`, want: "undefined", says: []string{`NaN for {instance="i", job="j"}.`}},
		{name: "exposed", reason: "the target said so", scene: "j/i a NaN*20", rule: `alert: A, expr: a > 80`, want: "undefined", says: []string{"as it was exposed"}},
		{name: "recorded", reason: "the rule recorded it", scene: "j/i a 0*20", rule: "alert: A, expr: r > 80\nrecord: r, expr: a / a", want: "undefined", says: []string{"as its rule recorded it"}},
		{name: "a root", reason: "of what is negative", scene: "j/i a -4*20", rule: `alert: A, expr: sqrt(a) > 1`, want: "undefined", says: []string{"as sqrt(-4) is"}},
		{name: "the threshold", reason: "scalar() of two series is NaN", scene: "j/i a 1*20\nj/k a 2*20", rule: `alert: A, expr: a > scalar(a)`, want: "undefined",
			says: []string{"compared with NaN at all 20 evaluations, which no value passes: scalar(a) was NaN, as scalar() of 2 series is"}, not: []string{"quiet"}},
		{name: "no observations", reason: "a quantile of none", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"1\"} 5*20\nj/i h_bucket{le=\"+Inf\"} 5*20\nj/i h_count 5*20\nj/i h_sum 1*20",
			rule: `alert: A, expr: 'histogram_quantile(0.9, rate(h_bucket[1m])) > 0.5'`, want: "undefined", says: []string{"no observations"}},
		{name: "now and then", reason: "mostly it was a number, on the safe side", scene: "j/i a 0*2 1*18\nj/i b 0*2 100*18", rule: `alert: A, expr: a / b > 0.1`, want: "quiet", also: []string{"undefined"}},
	})
}

func TestQuiet(t *testing.T) {
	check(t, []row{
		{name: "below", reason: "the largest value counts", scene: "j/i m 1 2 3 4 3 2", rule: `alert: A, expr: m > 10`, want: "quiet", says: []string{"m was 4 at most (09:00:52, i), and > 10 is asked for: 40 % of it"}},
		{name: "above", reason: "the smallest value counts", scene: "j/i m 9 8 7 8", rule: `alert: A, expr: m < 5`, want: "quiet", says: []string{"7 at least", "140 % of it"}},
		{name: "turned around", reason: "a threshold may stand left", scene: "j/i m 1 3 3 2 1", rule: `alert: A, expr: 10 < m`, want: "quiet", says: []string{"3 at most", "> 10"}},
		{name: "equals", reason: "the nearest value counts", scene: "j/i up_of 1*8", rule: `alert: A, expr: up_of == 0`, want: "quiet", says: []string{"never nearer than 1"}},
		{name: "differs", reason: "it was always the same", scene: "j/i m 6*8", rule: `alert: A, expr: m != 6`, want: "quiet", says: []string{"always 6"}},
		{name: "held back", reason: "what lies beyond the threshold is not called the closest approach", scene: "j/i m 10*8\nj/i n 0*8", rule: `alert: A, expr: m > 5 and n > 0`, want: "quiet",
			says: []string{"n was 0 at most", "m > 5 gave 10 meanwhile"}},
		{name: "masked", reason: "unless takes all away", scene: "j/i m 10*8\nj/i n 1*8", rule: `alert: A, expr: m > 5 unless n`, want: "quiet", says: []string{"unless"}},
		{name: "absent", reason: "the series is there", scene: "j/i m 10*8", rule: `alert: A, expr: absent(m)`, want: "quiet", says: []string{"only when m has no series"}},
		{name: "pairs", reason: "two vectors are compared", scene: "j/i m 2*8\nj/i n 3 3 2.5 3 3 3 3 3", rule: `alert: A, expr: m > n`, want: "quiet", says: []string{"0.5"}},
		{name: "held now and then", reason: "that it never came nearer is so of the other evaluations alone", scene: "j/i m 1*8 9*12\nj/i n 1*20", rule: `alert: A, expr: m > 5 unless n`, want: "quiet",
			says: []string{"unless took all of it away", "at 12 of 20 evaluations"}},
		{name: "mostly not held", reason: "the comparison decided more often", scene: "j/i m 1*12 9*8\nj/i n 1*20", rule: `alert: A, expr: m > 5 unless n`, want: "quiet",
			says: []string{"at 12 of 20 evaluations m was 1 at most", "at 8 more it held, and what is around it let nothing through"}},
		{name: "a threshold that moves", reason: "the largest value may have been further from its own", scene: "j/i m 1 5 3 2 1\nj/i n 9 9 4 9 9", rule: `alert: A, expr: m > scalar(n)`, want: "quiet",
			says: []string{"m came closest with 3 (09:00:37, i), and > 4 is asked for"}},
		{name: "compared twice", reason: "where the outer one decided, the inner one had held", scene: "j/i m 1 2 20 20 20 3", rule: `alert: A, expr: 10 < m < 12`, want: "quiet",
			says: []string{"10 < m was 20 at least"}},
		{name: "inside, now and then", reason: "a comparison inside may have held", scene: "j/i m 1 2 20 2 2 2 2 2", rule: `alert: A, expr: count(m > 10) > 1`, want: "quiet",
			says: []string{"count(m > 10) was 1 at most"}},
		{name: "nearly", reason: "less than all is not 100 %", scene: "j/i m 0.99999*8", rule: `alert: A, expr: m > 1`, want: "quiet", says: []string{"nearly all of it"}},
		{name: "towards infinity", reason: "every number is as far from it, and the largest is told", scene: "j/i m 1 2 3 2 1", rule: `alert: A, expr: m >= Inf`, want: "quiet", says: []string{"m was 3 at most (09:00:37"}},
		{name: "towards what is huge", reason: "so it is where the difference is lost in rounding", scene: "j/i m 1 2 3 2 1", rule: `alert: A, expr: m > 1e300`, want: "quiet", says: []string{"m was 3 at most (09:00:37"}},
		{name: "far away", reason: "digits of nothing tell nothing", scene: "j/i m 1*8", rule: `alert: A, expr: m > 1e9`, want: "quiet", says: []string{"less than 0.01 % of it"}},
		{name: "0 of it", reason: "0 is no part", scene: "j/i m 0*8", rule: `alert: A, expr: m > 1`, want: "quiet", says: []string{"> 1 is asked for."}},
		{name: "inside an aggregation", reason: "the comparison that decides lies deep", scene: "j/i m 2*8", rule: `alert: A, expr: count(m > 3) > 0`, want: "quiet", says: []string{"m was 2 at most"}},
	})
}

func TestUnreachable(t *testing.T) {
	check(t, []row{
		{name: "no le", reason: "an aggregation drops it", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"1\"} 0+1*20\nj/i h_bucket{le=\"+Inf\"} 0+1*20\nj/i h_count 0+1*20\nj/i h_sum 0+1*20",
			rule: `alert: A, expr: 'histogram_quantile(0.9, sum by (job) (rate(h_bucket[1m]))) > 0'`, want: "unreachable", says: []string{"needs le", "sum by (job)"}},
		{name: "cap", reason: "no quantile lies above the highest bound", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"0.5\"} 0+1*20\nj/i h_bucket{le=\"+Inf\"} 0+2*20\nj/i h_count 0+2*20\nj/i h_sum 0+1*20",
			rule: `alert: A, expr: 'histogram_quantile(0.99, sum by (le) (rate(h_bucket[1m]))) > 60'`, want: "unreachable", says: []string{"0.5"}},
		{name: "two caps", reason: "of each target the buckets end elsewhere", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"0.5\"} 0+1*20\nj/i h_bucket{le=\"+Inf\"} 0+2*20\nj/i h_count 0+2*20\nj/i h_sum 0+1*20\nj/k TYPE h histogram\nj/k h_bucket{le=\"0.1\"} 0+1*20\nj/k h_bucket{le=\"+Inf\"} 0+2*20\nj/k h_count 0+2*20\nj/k h_sum 0+1*20",
			rule: `alert: A, expr: 'histogram_quantile(0.99, sum by (le) (rate(h_bucket[1m]))) > 60'`, want: "unreachable", says: []string{"they end at 0.5 on i and at 0.1 on k"}},
		{name: "at the cap", reason: ">= the cap can be", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"0.5\"} 0+1*20\nj/i h_bucket{le=\"+Inf\"} 0+1*20\nj/i h_count 0+1*20\nj/i h_sum 0+1*20",
			rule: `alert: A, expr: 'histogram_quantile(0.99, sum by (le) (rate(h_bucket[1m]))) >= 0.5'`, want: "quiet", not: []string{"unreachable"}},
		{name: "a rate below 0", reason: "TYPE says histogram, of which a count is never negative", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"+Inf\"} 0+1*20\nj/i h_count 0+1*20\nj/i h_sum 0+1*20", rule: `alert: A, expr: 'rate(h_count[1m]) < 0'`, want: "unreachable"},
		{name: "no TYPE", reason: "what is called _total may be a gauge", scene: "j/i m_total 0+1*20", rule: `alert: A, expr: 'rate(m_total[1m]) < 0'`, want: "quiet", not: []string{"unreachable"}},
	})
}

func TestFailing(t *testing.T) {
	check(t, []row{
		{name: "many to many", reason: "two series match one", scene: "j/i m 9*20\nj/i n{b=\"1\"} 1*20\nj/i n{b=\"2\"} 1*20", rule: `alert: A, expr: m * on (instance) n > 5`,
			want: "failing", says: []string{"evaluations", "two n series match", "differ in b (1, 2)"}},
		{name: "same labels", reason: "labels of the rule make two alerts one", scene: "j/i m{a=\"1\"} 9*8\nj/i m{a=\"2\"} 9*8", rule: `alert: A, expr: m > 5, labels: {a: x}`,
			want: "failing", says: []string{"evaluations", "became one series", "a (1, 2), which the rule sets"}},
		{name: "names dropped", reason: "rate() drops the name, which alone was another", scene: "j/i m_total{a=\"1\"} 0+1*8\nj/i n_total{a=\"1\"} 0+1*8", rule: `alert: A, expr: 'rate({__name__=~"m_total|n_total"}[1m]) > 5'`,
			want: "failing", says: []string{"__name__ (m_total, n_total)", "which is dropped"}},
		{name: "many to one", reason: "group_left is missing", scene: "j/i m{a=\"1\"} 9*8\nj/i m{a=\"2\"} 9*8\nj/i n 1*8", rule: `alert: A, expr: 'm * on (instance) n > 5'`,
			want: "failing", says: []string{"a (1, 2)", "on which the operator does not match"}},
		{name: "two errors", reason: "the more frequent one is told first", scene: "j/i m{a=\"1\"} 9*20\nj/i m{a=\"2\"} _*4 9*16\nj/i n{b=\"1\"} 1*20\nj/i n{b=\"2\"} 1*4 _*16", rule: `alert: A, expr: 'm * on (instance) n > 5'`,
			want: "failing", says: []string{"at 16 of 20 evaluations"}},
		{name: "from the first evaluation on", reason: "that one is younger explains nothing", scene: "j/i m 9*20\nj/k FROM 2s\nj/i n{b=\"1\"} 1*20\nj/k n{b=\"2\"} 1*20", rule: `alert: A, expr: m * on (job) n > 5`,
			want: "failing", says: []string{"differ in b (1, 2) and instance (i, k); b and instance would tell them apart"}},
		{name: "of alerts", reason: "the alert's name is in the place of theirs", scene: "j/i m 9*20", rule: "alert: A, expr: 'ALERTS > 0'\nalert: B, expr: m > 5\nalert: C, expr: m > 5", want: "failing", says: []string{"alertname (B, C), which an alert sets"}},
		{name: "limit", reason: "a group may not have so many", scene: "j/i m{a=\"1\"} 9*8\nj/i m{a=\"2\"} 9*8", rule: "groups: [{name: g, limit: 1, rules: [{alert: A, expr: m > 5}]}]",
			want: "failing", says: []string{"exceeded limit of 1"}},
	})
}
