package main

import (
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals"
)

// matchFlag is --match SELECTOR.
type matchFlag struct {
	text     string
	matchers []*labels.Matcher
}

func (m *matchFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&m.text, "match", "", "only series that `SELECTOR` matches, such as 'up{job=\"x\"}'")
}

// parse checks the selector; no selector matches all.
func (m *matchFlag) parse() error {
	if m.text == "" {
		return nil
	}
	ms, err := parser.NewParser(parser.Options{}).ParseMetricSelector(m.text)
	if err != nil {
		return fmt.Errorf("--match %s: %w: write name{label=\"value\"}", m.text, err)
	}
	m.matchers = ms
	return nil
}

// matches tells whether the selector takes a series; a histogram is taken by
// its family's name and by those of its parts.
func (m *matchFlag) matches(s signals.Series) bool {
	for _, lm := range m.matchers {
		if lm.Name == model.MetricNameLabel {
			if !lm.Matches(s.Name) && !lm.Matches(s.Family) && !lm.Matches(s.Family+"_bucket") {
				return false
			}
			continue
		}
		v, _ := s.Labels.Get(lm.Name)
		if !lm.Matches(v) {
			return false
		}
	}
	return true
}
