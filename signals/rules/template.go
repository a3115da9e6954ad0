package rules

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"

	"github.com/scrapebook/scrapebook/signals/query"
)

// templateDefs are put before every template text (rules/alerting.go).
const templateDefs = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"

// alertTemplate expands the labels and annotations of one alert.
type alertTemplate struct {
	ctx   context.Context
	e     *Evaluator
	name  string
	data  func() any
	ts    time.Time
	query template.QueryFunc
}

func (e *Evaluator) newTemplate(ctx context.Context, ts time.Time, r *Rule, s query.Sample) *alertTemplate {
	externalURL := e.opts.ExternalURL.String()
	if e.opts.TemplateURL != nil {
		externalURL = *e.opts.TemplateURL
	}
	return &alertTemplate{
		ctx:  ctx,
		e:    e,
		name: "__alert_" + r.Alert,
		data: sync.OnceValue(func() any {
			return template.AlertTemplateData(s.Labels.Map(), e.external, externalURL, upstream(s))
		}),
		ts: ts,
		query: func(ctx context.Context, expr string, ts time.Time) (promql.Vector, error) {
			vec, _, _, err := e.opts.Source.Vector(ctx, expr, ts)
			var out promql.Vector
			for _, s := range vec {
				out = append(out, upstream(s))
			}
			return out, err
		},
	}
}

// upstream is a sample as templates take it.
func upstream(s query.Sample) promql.Sample {
	return promql.Sample{Metric: s.Labels, T: s.Time, F: s.Value, H: s.Histogram}
}

// expand never fails: an error becomes the text, in upstream's words.
func (t *alertTemplate) expand(text string) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	out, err := t.try(templateDefs + text)
	if err != nil {
		return fmt.Sprintf("<error expanding template: %s>", err)
	}
	return out
}

func (t *alertTemplate) try(text string) (string, error) {
	query, externalURL := t.query, t.e.opts.ExternalURL
	if t.e.opts.TemplateURL != nil {
		externalURL = nil
	}
	newExpander := func(text string) *template.Expander {
		return template.NewTemplateExpander(t.ctx, text, t.name, t.data(),
			model.Time(timestamp.FromTime(t.ts)), query, externalURL, nil)
	}
	g, ok := t.e.guards[text]
	if !ok {
		g = newGuard(t.name, text)
		t.e.guards[text] = g
	}
	if g.trial != "" {
		query = memo(t.query)
		if err := g.try(t.ctx, newExpander); err != nil {
			return "", err
		}
	}
	out, err := newExpander(text).Expand()
	if err == nil && len(out) > maxTemplateOutput {
		return "", errTemplateOutput
	}
	return out, err
}
