package promapi

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// MaxSeries is how many series, and how many names, are asked for at most.
const MaxSeries = 100_000

// Names lists the metrics of which there are series between two times, at most
// MaxSeries of them. A server may round the times to what its index tells
// apart: hours or days.
func (c *Client) Names(ctx context.Context, from, to time.Time) ([]string, error) {
	var names []string
	err := c.get(ctx, "label/"+model.MetricNameLabel+"/values", c.window(from, to), &names)
	return names, err
}

// Types are what TYPE lines say of families, as far as the server knows: of
// targets that it scrapes now. A family with two types is left out.
func (c *Client) Types(ctx context.Context) (map[string]string, error) {
	var known map[string][]struct {
		Type string `json:"type"`
	}
	if err := c.get(ctx, "metadata", nil, &known); err != nil {
		return nil, err
	}
	types := map[string]string{}
	for family, list := range known {
		for i, m := range list {
			if i > 0 && m.Type != list[0].Type {
				delete(types, family)
				break
			}
			types[family] = m.Type
		}
	}
	return types, nil
}

// Series lists the labels of the series that matchers match and that are there
// between two times, at most MaxSeries of them and in no order.
func (c *Client) Series(ctx context.Context, from, to time.Time, ms ...*labels.Matcher) ([]labels.Labels, error) {
	form := c.window(from, to)
	form.Set("match[]", selector(ms))
	var list []labels.Labels
	_, _, err := c.post(ctx, "series", form, &list)
	return list, err
}

func (c *Client) window(from, to time.Time) url.Values {
	return url.Values{"start": {stamp(from)}, "end": {stamp(to)}, "limit": {strconv.Itoa(MaxSeries)}}
}

// selector is a selector with these matchers, in PromQL.
func selector(ms []*labels.Matcher) string {
	return (&parser.VectorSelector{LabelMatchers: ms}).String()
}
