package verdict_test

import (
	"strings"
	"testing"
)

// A noteRow is one rule over one scene and the note that follows its verdict.
type noteRow struct {
	name, reason string
	scene        string
	rule         string
	none         bool     // the note is not there
	says         []string // what its texts hold
}

func checkNotes(t *testing.T, id string, rows []noteRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if r.reason == "" {
				t.Fatal("a row without a reason")
			}
			var texts []string
			for _, f := range whyOf(t, r.scene, r.rule).Why[0] {
				if f.ID == id {
					texts = append(texts, f.Text)
				}
			}
			all := strings.Join(texts, "\n")
			if (len(texts) == 0) != r.none {
				t.Fatalf("%d of %s: %s\n%s", len(texts), id, r.reason, all)
			}
			for _, s := range r.says {
				if !strings.Contains(all, s) {
					t.Errorf("%q is not in %q: %s", s, all, r.reason)
				}
			}
		})
	}
}

func TestTypeMisuse(t *testing.T) {
	checkNotes(t, "type-misuse", []noteRow{
		{name: "gauge by TYPE", reason: "increase of a flag", scene: "j/i TYPE m gauge\nj/i m 1*12", rule: `alert: A, expr: 'increase(m[1m]) > 0'`, says: []string{"increase() on m", "TYPE says gauge", "was 1 all the time"}},
		{name: "gauge by values", reason: "it falls as often as it rises", scene: "j/i m 5 3 6 2 7 1 5 3 6 2", rule: `alert: A, expr: 'rate(m[1m]) > 0'`, says: []string{"fell at 5 of 9 changes"}},
		{name: "counter", reason: "what counters are for", scene: "j/i TYPE m_total counter\nj/i m_total 0+1*12", rule: `alert: A, expr: 'rate(m_total[1m]) > 0'`, none: true},
		{name: "a restart", reason: "one fall is a restart", scene: "j/i m 5 6 7 0 1 2 3 4 5 6", rule: `alert: A, expr: 'rate(m[1m]) > 0'`, none: true},
		{name: "delta of a counter", reason: "a restart is a fall to it", scene: "j/i TYPE m_total counter\nj/i m_total 0+1*12", rule: `alert: A, expr: 'delta(m_total[1m]) > 1'`, says: []string{"delta() on m_total", "TYPE says counter", "a restart is a fall"}},
		{name: "delta of a gauge", reason: "what gauges are for", scene: "j/i TYPE m gauge\nj/i m 0+1*12", rule: `alert: A, expr: 'delta(m[1m]) > 1'`, none: true},
		{name: "buckets", reason: "the buckets of a histogram are counters", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"1\"} 0+1*12\nj/i h_bucket{le=\"+Inf\"} 0+1*12\nj/i h_sum 0+1*12\nj/i h_count 0+1*12", rule: `alert: A, expr: 'rate(h_bucket[1m]) > 0'`, none: true},
		{name: "quantiles of a summary", reason: "they are gauges beside two counters", scene: "j/i TYPE s summary\nj/i s{quantile=\"0.9\"} 1*12\nj/i s_sum 0+1*12\nj/i s_count 0+1*12", rule: `alert: A, expr: 'rate(s[1m]) > 0'`, says: []string{"rate() on s", "TYPE says summary"}},
		{name: "compared as it is", reason: "a counter that was above stays so", scene: "j/i TYPE m_total counter\nj/i m_total 0+1*12", rule: `alert: A, expr: sum(m_total) > 5`, says: []string{"as it is", "until a restart"}},
		{name: "one sample", reason: "one is not all the time", scene: "j/i TYPE m gauge\nj/i m 1", rule: `alert: A, expr: 'increase(m[1m]) > 0'`, says: []string{"was 1 at its only sample"}},
		{name: "no TYPE", reason: "nothing is known and nothing said", scene: "j/i m 0+1*12", rule: `alert: A, expr: 'rate(m[1m]) > 0'`, none: true},
	})
}

func TestPartlyBlind(t *testing.T) {
	checkNotes(t, "partly-blind", []noteRow{
		{name: "an arm", reason: "the other arm can fire", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5 or nothing > 5`, says: []string{"nothing matched nothing", "was never judged"}},
		{name: "unless", reason: "nothing is taken away", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5 unless nothing`, says: []string{"`unless` took nothing away"}},
		{name: "a job of two", reason: "a pattern lists what is not there", scene: "j/i m 7*8", rule: `alert: A, expr: 'm{job=~"j|k"} > 5'`, says: []string{`had job="k"`, `there: job="j"`}},
		{name: "a target", reason: "one of two does not expose it", scene: "j/a m 7*8\nj/b n 7*8", rule: `alert: A, expr: m > 5`, says: []string{"1 target of 2: b never had m"}},
		{name: "another job's", reason: "another job need not have it", scene: "j/a m 7*8\nk/b n 7*8", rule: `alert: A, expr: m > 5`, none: true},
		{name: "absent", reason: "absent() is there for it", scene: "j/a m 7*8", rule: `alert: A, expr: absent(nothing)`, none: true},
		{name: "or absent", reason: "the other arm is there for it", scene: "j/a m 7*8", rule: `alert: A, expr: 'up{job="k"} == 0 or absent(up{job="k"})'`, none: true},
		{name: "parts of one", reason: "of the parts of a histogram one is enough", scene: "j/a h_sum 1*8\nj/a h_count 1*8\nj/b n 7*8", rule: `alert: A, expr: h_sum / h_count > 5`, says: []string{"b never had h_sum."}},
		{name: "needed", reason: "without it there is no result: no-series", scene: "j/a m 7*8", rule: `alert: A, expr: m > 5 and nothing`, none: true},
	})
}

const buckets = "j/i TYPE h histogram\nj/i h_bucket{le=\"1\"} 0+1*12\nj/i h_bucket{le=\"5\"} 0+10*12\nj/i h_bucket{le=\"+Inf\"} 0+10*12\nj/i h_count 0+10*12\nj/i h_sum 0+20*12"

func TestCoarse(t *testing.T) {
	checkNotes(t, "coarse", []noteRow{
		{name: "inside, fired", reason: "anywhere from 1 to 5", scene: buckets, rule: `alert: A, expr: 'histogram_quantile(0.9, rate(h_bucket[1m])) > 3'`, says: []string{"That A fired", "between 1 and 5", "threshold 3 lies inside"}},
		{name: "inside, silent", reason: "as little is known of what was silent", scene: buckets, rule: `alert: A, expr: 'histogram_quantile(0.9, rate(h_bucket[1m])) > 4.9'`, says: []string{"That A was silent", "threshold 4.9 lies inside"}},
		{name: "milliseconds", reason: "a factor changes nothing", scene: buckets, rule: `alert: A, expr: 'histogram_quantile(0.9, sum by (le) (rate(h_bucket[1m]))) * 1000 > 3000'`, says: []string{"threshold 3 lies inside"}},
		{name: "coming nearer", reason: "the bucket is that of the closest approach, not of the first", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"1\"} 0+8*8 56*8\nj/i h_bucket{le=\"5\"} 0+10*16\nj/i h_bucket{le=\"+Inf\"} 0+10*16\nj/i h_count 0+10*16\nj/i h_sum 0+20*16", rule: `alert: A, expr: 'histogram_quantile(0.9, rate(h_bucket[1m])) > 4.8'`, says: []string{"between 1 and 5", "threshold 4.8 lies inside; 4.6 is interpolated"}},
		{name: "on the bound", reason: "the data decide there", scene: buckets, rule: `alert: A, expr: 'histogram_quantile(0.9, rate(h_bucket[1m])) > 1'`, none: true},
		{name: "beyond", reason: "another bucket", scene: buckets, rule: `alert: A, expr: 'histogram_quantile(0.9, rate(h_bucket[1m])) > 6'`, none: true},
	})
}

func TestTemplateFails(t *testing.T) {
	checkNotes(t, "template-fails", []noteRow{
		{name: "annotation", reason: "first of nothing", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5, annotations: {owner: '{{ query "owner_of" | first | value }}'}`, says: []string{"annotation owner of A", "owner_of", "vector with no elements"}},
		{name: "label", reason: "it becomes part of the alert", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5, labels: {team: '{{ query "owner_of" | first | value }}'}`, says: []string{"label team of A", "identity"}},
		{name: "fine", reason: "it expands", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5, annotations: {v: '{{ $value }}'}`, none: true},
	})
}

func TestLabelsLost(t *testing.T) {
	checkNotes(t, "labels-lost", []noteRow{
		{name: "absent of an expression", reason: "it has no labels", scene: "j/i m 1*8", rule: `alert: A, expr: 'absent(m{job="j"} > 5)', annotations: {s: 'job {{ $labels.job }} is gone'}`, says: []string{"$labels.job", "plain selector", `s reads "job  is gone"`}},
		{name: "absent of a selector", reason: "it has those that are asked for with =", scene: "j/i m 1*8", rule: `alert: A, expr: 'absent(n{job="j"})', annotations: {s: '{{ $labels.job }}'}`, none: true},
		{name: "sum by", reason: "it keeps what by names", scene: "j/i m 7*8", rule: `alert: A, expr: sum by (job) (m) > 5, annotations: {s: '{{ .Labels.instance }} {{ $labels.job }}'}`, says: []string{"$labels.instance", "add instance to by"}},
		{name: "without", reason: "it takes it away", scene: "j/i m 7*8", rule: `alert: A, expr: sum without (instance) (m) > 5, annotations: {s: '{{ index $labels "instance" }}'}`, says: []string{"without (instance)"}},
		{name: "on", reason: "one to one, on keeps what it names", scene: "j/i m 7*8\nj/i n 7*8", rule: `alert: A, expr: m / on (job) n > 0, annotations: {s: '{{ $labels.instance }}'}`, says: []string{"/ on (job) keeps no other"}},
		{name: "group_left", reason: "it takes over what it names", scene: "j/i m 7*8\nj/i info{release=\"r\", name=\"n\"} 1*8", rule: `alert: A, expr: m * on (instance) group_left (name) info > 5, annotations: {s: '{{ $labels.name }} {{ $labels.release }}'}`, says: []string{"group_left (name) takes no other label over; add release to it", `s reads "n "`}},
		{name: "silent", reason: "the expression alone tells", scene: "j/i m 1*8", rule: `alert: A, expr: sum(m) > 5, annotations: {s: '{{ $labels.instance }}'}`, says: []string{"sum() without by"}},
		{name: "of the rule", reason: "templates see the expression's labels", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5, labels: {severity: page}, annotations: {s: '{{ $labels.severity }}'}`, says: []string{"not those that the rule sets"}},
		{name: "no such", reason: "no series has it", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5, annotations: {s: '{{ $labels.pod }}'}`, says: []string{"no series that the expression selects has a label pod"}},
		{name: "asked for", reason: "if asks before it is used", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5, annotations: {s: '{{ if $labels.pod }}{{ $labels.pod }}{{ end }}'}`, none: true},
		{name: "of a query", reason: "in with, . is another", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5, annotations: {s: '{{ with query "m" | first }}{{ .Labels.pod }}{{ end }}'}`, none: true},
		{name: "there", reason: "it has it", scene: "j/i m 7*8", rule: `alert: A, expr: m > 5, annotations: {s: '{{ $labels.instance }}'}`, none: true},
	})
}

func TestOrder(t *testing.T) {
	checkNotes(t, "order", []noteRow{
		{name: "ALERTS", reason: "written by a later rule", scene: "j/i m 7*8", rule: "alert: A, expr: 'm > 5 unless on (instance) ALERTS{alertname=\"B\"}'\nalert: B, expr: m > 6", says: []string{"B, which writes it, is evaluated after it in the group", "it fired at 09:00:07"}},
		{name: "recorded", reason: "by a later rule", scene: "j/i m 7*8", rule: "alert: A, expr: rec > 5\nrecord: rec, expr: m * 2", says: []string{"the rule that records it is evaluated after"}},
		{name: "of others", reason: "what nobody wrote is nothing to see", scene: "j/i m 7*8", rule: "alert: A, expr: 'm > 5 unless ALERTS{team=\"x\"}'\nalert: B, expr: m > 9\nalert: C, expr: m > 9", none: true},
		{name: "several", reason: "each may write it", scene: "j/i m 7*8", rule: "alert: A, expr: 'm > 5 unless on () ALERTS{alertstate=\"firing\"}'\nalert: B, expr: m > 6\nalert: C, expr: m > 6", says: []string{"B and 1 rule more, which may write it, are evaluated later, the first after it in the group"}},
		{name: "in order", reason: "written before", scene: "j/i m 7*8", rule: "groups: [{name: g, rules: [{alert: A, expr: 'm > 5'}, {record: rec, expr: m * 2}, {alert: B, expr: 'rec > 5'}]}]", none: true},
		{name: "another alert's", reason: "the matcher does not mean it", scene: "j/i m 7*8", rule: "alert: A, expr: 'm > 5 unless ALERTS{alertname=\"C\"}'\nalert: B, expr: m > 6", none: true},
	})
}

func TestMaskedArm(t *testing.T) {
	checkNotes(t, "masked-arm", []noteRow{
		{name: "equal labels", reason: "or keeps the left", scene: "j/i a_total 0+1*12\nj/i b_total 0+2*12", rule: `alert: A, expr: 'increase(a_total[1m]) > 0 or increase(b_total[1m]) > 0'`, says: []string{"increase(b_total[1m]) > 0 was true as well", "`or` drops it"}},
		{name: "other labels", reason: "both show", scene: "j/i a{x=\"1\"} 7*8\nj/i b{x=\"2\"} 7*8", rule: `alert: A, expr: a > 5 or b > 5`, none: true},
		{name: "on", reason: "or compares what on names", scene: "j/i a{x=\"1\"} 7*8\nj/i b{x=\"2\"} 7*8", rule: `alert: A, expr: a > 5 or on (instance) b > 5`, says: []string{"b > 5 was true"}},
		{name: "a default", reason: "it is there to be masked", scene: "j/i a 7*8", rule: `alert: A, expr: (sum(a) or vector(0)) > 5`, none: true},
		{name: "false", reason: "only the left is true", scene: "j/i a 7*8\nj/i b 1*8", rule: `alert: A, expr: a > 5 or b > 5`, none: true},
	})
}

func TestStep(t *testing.T) {
	checkNotes(t, "step", []noteRow{
		{name: "one step", reason: "two values make no trend", scene: "j/i TYPE m gauge\nj/i m 5*8 4*8", rule: `alert: A, expr: 'predict_linear(m[3m], 86400) < 0'`, says: []string{"5 until it went to 4 at 09:02:00"}},
		{name: "a trend", reason: "it changes all the time", scene: "j/i TYPE m gauge\nj/i m 500+-1*16", rule: `alert: A, expr: 'predict_linear(m[2m], 86400) < 0'`, none: true},
		{name: "a counter", reason: "one event is a step", scene: "j/i TYPE m_total counter\nj/i m_total 5*8 6*8", rule: `alert: A, expr: 'increase(m_total[2m]) > 0'`, none: true},
	})
}
