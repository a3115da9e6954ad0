package ingest

import (
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// limits are those of a target on the labels of a series; 0 is none.
type limits struct {
	labels, nameLength, valueLength int
}

// exceeded says which limit a series' final labels exceed, the metric's name
// and the target's labels included; "" when none (verifyLabelLimits of
// scrape/scrape.go).
func (l limits) exceeded(ls labels.Labels) string {
	if l == (limits{}) {
		return ""
	}
	metric := ls.Get(model.MetricNameLabel)
	if n := ls.Len(); l.labels > 0 && n > l.labels {
		return fmt.Sprintf("label_limit exceeded: %.50s has %d labels where %d are allowed", metric, n, l.labels)
	}
	reason := ""
	ls.Range(func(lb labels.Label) {
		switch n, v := len(lb.Name), len(lb.Value); {
		case reason != "":
		case l.nameLength > 0 && n > l.nameLength:
			reason = fmt.Sprintf("label_name_length_limit exceeded: %.50s has the label %.50s, %d bytes where %d are allowed", metric, lb.Name, n, l.nameLength)
		case l.valueLength > 0 && v > l.valueLength:
			reason = fmt.Sprintf("label_value_length_limit exceeded: %.50s has the label %.50s=%.50q, %d bytes where %d are allowed", metric, lb.Name, lb.Value, v, l.valueLength)
		}
	})
	return reason
}
