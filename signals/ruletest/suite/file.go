package suite

import (
	"time"

	"github.com/prometheus/common/model"
)

// A File is a test file as it stands there. Its keys are those of promtool's
// unit tests and, marked with a +, ours.
type File struct {
	Place
	RuleFiles          []Word         `yaml:"rule_files" doc:"Rule files, relative to this file; globs such as rules/*.yml, a PrometheusRule, pack:NAME for those of a built-in pack, or demo:NAME/FILE."`
	EvaluationInterval model.Duration `yaml:"evaluation_interval" doc:"Time between two evaluations of the rules; 1m unless given."`
	GroupEvalOrder     []Word         `yaml:"group_eval_order" doc:"Names of groups in the order in which they are evaluated."`
	FuzzyCompare       bool           `yaml:"fuzzy_compare" doc:"Values may differ in the last bit."`
	Tests              []Test         `yaml:"tests" doc:"The tests, each with data of its own."`
	Allow              []Word         `yaml:"allow" own:"+" doc:"Checks that may fail in this file, by id, such as no-data."`

	text string
}

// A Test is one item of tests: data, and what is expected of it.
type Test struct {
	Place
	Name            Word              `yaml:"name" doc:"Name of the test."`
	Interval        model.Duration    `yaml:"interval" doc:"Time between two values of a series; evaluation_interval unless given."`
	StartTimestamp  Instant           `yaml:"start_timestamp" doc:"Time of the first values: RFC 3339 or seconds since 1970; 0 unless given."`
	InputSeries     []Series          `yaml:"input_series" doc:"The data."`
	AlertRuleTests  []AlertTest       `yaml:"alert_rule_test" doc:"Which alerts fire at a time."`
	PromqlExprTests []ExprTest        `yaml:"promql_expr_test" doc:"What an expression gives at a time."`
	ExternalLabels  map[string]string `yaml:"external_labels" doc:"External labels, for templates."`
	ExternalURL     string            `yaml:"external_url" doc:"External URL, for templates."`
	Allow           []Word            `yaml:"allow" own:"+" doc:"Checks that may fail in this test, by id, such as no-data."`

	Capture  Word                     `yaml:"capture" own:"+" doc:"The data, in place of input_series: saved scrapes in a folder or an archive, relative to this file, or demo:NAME."`
	Scenario Word                     `yaml:"scenario" own:"+" doc:"The data, in place of input_series: a made-up capture, a file of fixtures/scenario or demo:NAME."`
	Alerts   Named[OneOrMore[Firing]] `yaml:"alerts" own:"+" doc:"Of a capture: by alertname, when it fires and on what."`
	Silent   []Word                   `yaml:"silent" own:"+" doc:"Of a capture: alerts that never fire, though they have data."`
	Why      Named[Word]              `yaml:"why" own:"+" doc:"Of a capture: by alertname, the id of the reason why it is silent or fires, such as quiet."`
	Signals  Named[Bounds]            `yaml:"signals" own:"+" doc:"Of a capture: by the name of a golden signal, within what its values are."`
}

// A Firing is what is expected of an alert on a capture.
type Firing struct {
	Place
	Fired  *bool             `yaml:"fired" doc:"Whether it fires; true unless given."`
	On     map[string]string `yaml:"on" doc:"Some labels of the alert that is meant."`
	From   Moment            `yaml:"from" doc:"When it begins to fire: 07:13, 2026-11-21T07:13:00Z, or 3m after the capture's start."`
	To     Moment            `yaml:"to" doc:"When it ends to fire, or end for one that still fires at the last evaluation."`
	Within model.Duration    `yaml:"within" doc:"How far from and to may be off; one evaluation interval unless given."`
}

// Bounds are what is expected of a golden signal on a capture.
type Bounds struct {
	Place
	Min *float64          `yaml:"min" doc:"No value is below it."`
	Max *float64          `yaml:"max" doc:"No value is above it."`
	On  map[string]string `yaml:"on" doc:"Some labels of the series that are meant: job, instance and others."`
}

// A Series is one item of input_series.
type Series struct {
	Place
	Series Word `yaml:"series" doc:"The series, such as up{job=\"node\"}."`
	Values Word `yaml:"values" doc:"Its values, such as 1 2 _ stale 0+10x5."`
}

// An AlertTest is one item of alert_rule_test.
type AlertTest struct {
	Place
	EvalTime  model.Duration `yaml:"eval_time" doc:"Time after the start at which alerts are looked at."`
	Groupname string         `yaml:"groupname" own:"+" doc:"Only alerts of the group of this name."`
	Alertname Word           `yaml:"alertname" doc:"Name of the alert."`
	ExpAlerts []Alert        `yaml:"exp_alerts" doc:"All alerts of that name that fire; none if it is left out."`
}

// An Alert is one item of exp_alerts.
type Alert struct {
	Place
	ExpLabels            map[string]string `yaml:"exp_labels" doc:"All labels but alertname."`
	ExpAnnotations       map[string]string `yaml:"exp_annotations" doc:"All annotations."`
	ExpLabelsSubset      map[string]string `yaml:"exp_labels_subset" own:"+" doc:"Some of the labels; others may be there. In place of exp_labels."`
	ExpAnnotationsSubset map[string]string `yaml:"exp_annotations_subset" own:"+" doc:"Some of the annotations; others may be there. In place of exp_annotations."`
}

// An ExprTest is one item of promql_expr_test.
type ExprTest struct {
	Place
	Expr       Word           `yaml:"expr" doc:"The expression."`
	EvalTime   model.Duration `yaml:"eval_time" doc:"Time after the start at which it is evaluated."`
	ExpSamples []Sample       `yaml:"exp_samples" doc:"All that it gives; nothing if it is left out."`
	At         Moment         `yaml:"at" own:"+" doc:"Of a capture, in place of eval_time: 07:13, 2026-11-21T07:13:00Z, or 3m after its start."`
	Tolerance  float64        `yaml:"tolerance" own:"+" doc:"How far values may be from those expected, as a part of them: 0.03 is 3 %."`
}

// A Sample is one item of exp_samples.
type Sample struct {
	Place
	Labels    Word    `yaml:"labels" doc:"The series, such as up{job=\"node\"}; {} unless given."`
	Value     float64 `yaml:"value" doc:"Its value."`
	Histogram Word    `yaml:"histogram" doc:"Its native histogram, such as {{count:3 sum:2 buckets:[1 2]}}; value means nothing then."`
}

// A Place is where something stands in a file, both from 1, the column in
// characters. It is zero for what does not stand there.
type Place struct{ Line, Column int }

// A Word is a string and where it stands.
type Word struct {
	Place
	Value string
}

// An Instant is a time, and whether it was given at all.
type Instant struct {
	Place
	time.Time
	Set bool
}

// A Moment is a time on a capture's clock; zero where none is given.
type Moment struct {
	Place
	Text string // as it stands in the file

	instant time.Time
	clock   time.Duration // since midnight, of kind clockMoment
	offset  time.Duration
	kind    momentKind
}

type momentKind uint8

const (
	noMoment momentKind = iota
	instantMoment
	clockMoment
	offsetMoment
	endMoment
)

// Named is a mapping from names, in the order of the file.
type Named[T any] []Entry[T]

// An Entry is one pair of a mapping.
type Entry[T any] struct {
	Name  Word
	Value T
}

// OneOrMore is one value, or a list of some.
type OneOrMore[T any] []T
