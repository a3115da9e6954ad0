package suite

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v2"
)

// The keys of promtool v0.316.0 (cmd/promtool/unittest.go), which tells with
// this reader of YAML in this mode what a test file may be.
type (
	promtoolFile struct {
		RuleFiles          []string       `yaml:"rule_files"`
		EvaluationInterval model.Duration `yaml:"evaluation_interval"`
		GroupEvalOrder     []string       `yaml:"group_eval_order"`
		Tests              []promtoolTest `yaml:"tests"`
		FuzzyCompare       bool           `yaml:"fuzzy_compare"`
	}
	promtoolTest struct {
		Interval        model.Duration      `yaml:"interval"`
		InputSeries     []promtoolSeries    `yaml:"input_series"`
		AlertRuleTests  []promtoolAlertTest `yaml:"alert_rule_test"`
		PromqlExprTests []promtoolExprTest  `yaml:"promql_expr_test"`
		ExternalLabels  labels.Labels       `yaml:"external_labels"`
		ExternalURL     string              `yaml:"external_url"`
		Name            string              `yaml:"name"`
		StartTimestamp  promtoolTime        `yaml:"start_timestamp"`
	}
	promtoolSeries struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	}
	promtoolAlertTest struct {
		EvalTime  model.Duration  `yaml:"eval_time"`
		Alertname string          `yaml:"alertname"`
		ExpAlerts []promtoolAlert `yaml:"exp_alerts"`
	}
	promtoolAlert struct {
		ExpLabels      map[string]string `yaml:"exp_labels"`
		ExpAnnotations map[string]string `yaml:"exp_annotations"`
	}
	promtoolExprTest struct {
		Expr       string           `yaml:"expr"`
		EvalTime   model.Duration   `yaml:"eval_time"`
		ExpSamples []promtoolSample `yaml:"exp_samples"`
	}
	promtoolSample struct {
		Labels    string  `yaml:"labels"`
		Value     float64 `yaml:"value"`
		Histogram string  `yaml:"histogram"`
	}
)

type promtoolTime struct{}

// UnmarshalYAML takes what promtool takes.
func (*promtoolTime) UnmarshalYAML(unmarshal func(any) error) error {
	var s string
	if err := unmarshal(&s); err != nil {
		return err
	}
	_, err := parseTime(s)
	return err
}

// parseTime reads a time as promtool does (cmd/promtool/query.go).
func parseTime(s string) (time.Time, error) {
	if t, err := strconv.ParseFloat(s, 64); err == nil {
		sec, part := math.Modf(t)
		return time.Unix(int64(sec), int64(part*float64(time.Second))).UTC(), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("cannot parse %q to a valid timestamp", s)
}

// unqualified takes the names of our types out of what the reader of YAML says.
var unqualified = strings.NewReplacer("yaml: ", "", "unmarshal errors:\n  ", "", "suite.promtool", "")

// parsePromtool reads a test file that promtool accepts.
func parsePromtool(name string, data []byte) (*File, []error) {
	if err := yaml.UnmarshalStrict(data, &promtoolFile{}); err != nil {
		return nil, []error{fmt.Errorf("%s: promtool refuses it: %s", name, unqualified.Replace(err.Error()))}
	}
	return parse(name, data, true)
}
