package export

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// write writes the test of a claim, and its rules.
func (m *maker) write(ctx context.Context, t *Test, c *claim, p picture, start time.Time) error {
	// A test begins at 1970 unless it says when; what asks for the time needs
	// the real one.
	clock := time.Unix(0, 0).UTC()
	stamped := false
	ok, tr, err := m.holds(ctx, c, p, clock)
	if err != nil {
		return err
	}
	if !ok {
		clock, stamped = start.Add(time.Duration(p.first)*m.every), true
		if ok, tr, err = m.holds(ctx, c, p, clock); err != nil {
			return err
		}
		if !ok {
			return refuse("what is left of it does something else")
		}
	}
	n := p.last - p.first
	since := func(i int) string { return model.Duration(time.Duration(i) * m.every).String() }
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	real := start.Add(time.Duration(p.first) * m.every).UTC()
	line("# %s, from %s on: %s", comment(m.opts.Capture.Name), real.Format("2006-01-02 15:04:05.000 UTC"), comment(t.headline(c)))
	if len(t.edits) > 0 {
		line("# It is edited: %s.", comment(editsText(t.edits)))
	}
	line("rule_files: [%s]", quote(m.file))
	line("evaluation_interval: %s", model.Duration(m.every))
	if len(m.needed) > 1 {
		var names []string
		for _, g := range m.needed {
			names = append(names, quote(g.Name))
		}
		line("group_eval_order: [%s]", strings.Join(names, ", "))
	}
	line("tests:")
	line("- name: %s", quote(t.Alert))
	line("  interval: %s", model.Duration(m.step))
	if stamped {
		line("  start_timestamp: %s", clock.Format(time.RFC3339Nano))
	}
	if len(p.lines) > 0 {
		line("  input_series:")
	}
	slices.SortFunc(p.lines, func(a, b row) int { return labels.Compare(a.labels, b.labels) })
	for _, l := range p.lines {
		line("  - {series: %s, values: %s}", quote(series(l.labels)), quote(notation(l.points)))
	}
	line("  alert_rule_test:")
	if c.fires && c.begins {
		m.alerts(line, since(n-1), tr.at(n-1))
	}
	m.alerts(line, since(n), tr.at(n))
	if !c.fires {
		if err := m.samples(ctx, line, c, tr, n, since(n)); err != nil {
			return err
		}
	}
	if lines := strings.Count(b.String(), "\n"); lines > maxLines {
		return refuse("its test has %d lines, more than %d: it needs %d series", lines, maxLines, len(p.lines))
	}
	t.Shows, t.Text, t.Rules = t.headline(c), []byte(b.String()), ruleFile(m.needed)
	return nil
}

// headline says what a test shows.
func (t *Test) headline(c *claim) string {
	switch {
	case c.fires:
		return "it fires on " + t.On.String()
	case c.closest != nil:
		return fmt.Sprintf("it is silent, and %s on %s is the nearest that it comes", number(c.closest.Value), c.closest.Labels)
	}
	if c.operand != "" {
		return "it is silent, and what it compares has no value"
	}
	return "it is silent"
}

// alerts writes which alerts fire at a time.
func (m *maker) alerts(line func(string, ...any), at string, list []rules.Alert) {
	line("  - eval_time: %s", at)
	line("    alertname: %s", quote(m.rule.Alert))
	if len(list) == 0 {
		line("    exp_alerts: []")
		return
	}
	line("    exp_alerts:")
	for _, a := range list {
		line("    - exp_labels: %s", mapping(a.Labels))
		if a.Annotations.Len() > 0 {
			line("      exp_annotations: %s", mapping(a.Annotations))
		}
	}
}

// samples writes how near a silent rule came, or that what it selects was, or
// was not, there.
func (m *maker) samples(ctx context.Context, line func(string, ...any), c *claim, tr *trial, n int, at string) error {
	now := tr.start.Add(time.Duration(n)*m.every - m.group.QueryOffset)
	line("  promql_expr_test:")
	if c.closest != nil {
		vec, _, _, err := tr.source.Vector(ctx, c.operand, now)
		if err != nil {
			return err
		}
		offset := ""
		if m.group.QueryOffset != 0 {
			return refuse("its group has a query_offset, at which promtool does not look at expressions")
		}
		return expectation(line, c.operand+offset, at, vec)
	}
	for _, s := range m.rule.Selectors {
		expr := "count(" + s.String + ")"
		vec, _, _, err := tr.source.Vector(ctx, expr, tr.start.Add(time.Duration(n)*m.every))
		if err != nil {
			return err
		}
		if err := expectation(line, expr, at, vec); err != nil {
			return err
		}
	}
	return nil
}

func expectation(line func(string, ...any), expr, at string, vec []query.Sample) error {
	line("  - expr: %s", quote(expr))
	line("    eval_time: %s", at)
	if len(vec) == 0 {
		line("    exp_samples: []")
		return nil
	}
	line("    exp_samples:")
	slices.SortFunc(vec, func(a, b query.Sample) int { return labels.Compare(a.Labels, b.Labels) })
	for _, s := range vec {
		if s.Histogram != nil || math.IsNaN(s.Value) {
			return refuse("%s gives NaN or a native histogram, with which promtool compares nothing", expr)
		}
		line("    - {labels: %s, value: %s}", quote(series(s.Labels)), yamlNumber(s.Value))
	}
	return nil
}

func yamlNumber(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return ".inf"
	case math.IsInf(v, -1):
		return "-.inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// mapping is a map of labels without the alert's name, in YAML.
func mapping(ls labels.Labels) string {
	var parts []string
	ls.Range(func(l labels.Label) {
		if l.Name != labels.AlertName {
			parts = append(parts, quote(l.Name)+": "+quote(l.Value))
		}
	})
	return "{" + strings.Join(parts, ", ") + "}"
}

// quote is a string in YAML: in single quotes, or as JSON has it when something
// in it does not print.
func quote(s string) string {
	plain := s != ""
	for _, r := range s {
		if r != ' ' && !unicode.IsGraphic(r) || r == unicode.ReplacementChar || r == '\u2028' || r == '\u2029' || r == '\u0085' || r == '\ufeff' {
			return doubleQuote(s)
		}
		plain = plain && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_')
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf":
		plain = false
	}
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func doubleQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == ' ' || unicode.IsGraphic(r) && r < 0x2000 && r != '\u0085':
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// comment is text that stays in one line of a comment.
func comment(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// ruleFile is a rule file of some groups.
func ruleFile(groups []*rules.Group) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("groups:")
	for _, g := range groups {
		line("- name: %s", quote(g.Name))
		if g.Interval > 0 {
			line("  interval: %s", model.Duration(g.Interval))
		}
		if g.QueryOffset != 0 {
			line("  query_offset: %s", model.Duration(g.QueryOffset))
		}
		if g.Limit > 0 {
			line("  limit: %d", g.Limit)
		}
		line("  rules:")
		for _, r := range g.Rules {
			if r.Alert != "" {
				line("  - alert: %s", quote(r.Alert))
			} else {
				line("  - record: %s", quote(r.Record))
			}
			line("    expr: %s", quote(r.Expr))
			if r.For > 0 {
				line("    for: %s", model.Duration(r.For))
			}
			if r.KeepFiringFor > 0 {
				line("    keep_firing_for: %s", model.Duration(r.KeepFiringFor))
			}
			if r.Labels.Len() > 0 {
				line("    labels: %s", mapping(r.Labels))
			}
			if r.Annotations.Len() > 0 {
				line("    annotations: %s", mapping(r.Annotations))
			}
		}
	}
	return []byte(b.String())
}
