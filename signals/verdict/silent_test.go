package verdict_test

import "testing"

func TestNoSeries(t *testing.T) {
	check(t, []row{
		{name: "metric", reason: "a typo in the name", scene: `j/i operator_log_messages_total{level="info"} 1*8`,
			rule: `alert: A, expr: operator_log_mesages_total > 0`, want: "no-series",
			says: []string{"no metric operator_log_mesages_total", "probably operator_log_messages_total is meant"}},
		{name: "metric, nothing near", reason: "no name is proposed that is not like it", scene: `j/i abc 1*8`,
			rule: `alert: A, expr: a_very_long_and_other_name > 0`, want: "no-series", says: []string{"no metric a_very_long_and_other_name."}},
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
		{name: "one sample is enough", reason: "max_over_time needs one", scene: "j/i EVERY 1m\nj/i m 1*20",
			rule: `alert: A, expr: 'max_over_time(m[1m]) > 5'`, want: "quiet", not: []string{"range-too-short"}},
	})
}

func TestCaptureTooShort(t *testing.T) {
	check(t, []row{
		{name: "offset", reason: "a day before there was nothing", scene: "j/i m 1*20", rule: `alert: A, expr: 'm - m offset 1d < -1'`,
			want: "capture-too-short", says: []string{"offset 1d looks before the capture begins (09:00:00)", "no verdict on the rule"}},
		{name: "for", reason: "it is pending at the end", scene: "j/i m 9*20", rule: `alert: A, expr: m > 5, for: 15m`,
			want: "capture-too-short", says: []string{"since 09:00:07 on i", "for: 15m needs"}},
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
			want: "unmatched", says: []string{"right {}"}},
		{name: "other values", reason: "of free values nothing is proven", scene: "j/i m{a=\"1\"} 2*20\nj/i n{a=\"2\"} 2*20", rule: `alert: A, expr: m / on (a) n > 0`,
			want: "unmatched", says: []string{"agree in a", "differ in a"}},
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
			want: "failing", says: []string{"evaluations", "became one series", "a (1, 2), labels that the rule sets"}},
		{name: "names dropped", reason: "rate() drops the name, which alone was another", scene: "j/i m_total{a=\"1\"} 0+1*8\nj/i n_total{a=\"1\"} 0+1*8", rule: `alert: A, expr: 'rate({__name__=~"m_total|n_total"}[1m]) > 5'`,
			want: "failing", says: []string{"__name__ (m_total, n_total)", "which is dropped"}},
		{name: "many to one", reason: "group_left is missing", scene: "j/i m{a=\"1\"} 9*8\nj/i m{a=\"2\"} 9*8\nj/i n 1*8", rule: `alert: A, expr: 'm * on (instance) n > 5'`,
			want: "failing", says: []string{"a (1, 2)", "does not match on"}},
		{name: "limit", reason: "a group may not have so many", scene: "j/i m{a=\"1\"} 9*8\nj/i m{a=\"2\"} 9*8", rule: "groups: [{name: g, limit: 1, rules: [{alert: A, expr: m > 5}]}]",
			want: "failing", says: []string{"exceeded limit of 1"}},
	})
}
