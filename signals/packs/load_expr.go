package packs

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// defaults are the values with which expressions are checked.
func (p *Pack) defaults() map[string]string {
	values := p.values(nil)
	fillIn(values, 5*time.Minute, "")
	return values
}

// fillIn adds what is no parameter.
func fillIn(values map[string]string, window time.Duration, by string) {
	values[windowName], values[backName], values[byName] = duration(window), duration(window-time.Millisecond), by
}

// expr checks a piece of PromQL.
func (l *loading) expr(e pending) {
	if e.node.Kind != yaml.ScalarNode || strings.TrimSpace(e.node.Value) == "" {
		return // was told
	}
	values := l.pack.defaults()
	if !l.placeholders(e.node, values) {
		return
	}
	x := expand(e.node.Value, values)
	parsed, err := parsePromQL(x.text)
	if err != nil {
		l.promql(e, x, err)
		return
	}
	if e.selector {
		if _, ok := selectorsOf(parsed); !ok {
			l.fail(e.node, "%s must be a metric's name or a selector such as a_metric{label!=\"\"}, or some with `or` between", e.what)
		}
		return
	}
	switch t := parsed.Type(); {
	case strings.HasPrefix(e.what, "the default") && t == parser.ValueTypeScalar, t == parser.ValueTypeVector:
	default:
		l.fail(e.node, "%s gives a %s, not a vector of values per target", e.what, t)
	}
	if lost := losesTarget(parsed); lost != nil && !strings.HasPrefix(e.what, "the default") {
		line, column := within(l.src, e.node, x.source(int(lost.PositionRange().Start)))
		l.failAt(line, column, "%s loses job and instance, which tell whose value it is: write by (job, instance${by}), or without labels other than these", e.what)
	}
	if e.what == "life" && hasRange(parsed) {
		l.fail(e.node, "life looks at a range, and there is a single scrape")
	}
}

// placeholders tells whether all of them have a value.
func (l *loading) placeholders(n *yaml.Node, values map[string]string) bool {
	ok := true
	for _, m := range placeholder.FindAllStringSubmatchIndex(n.Value, -1) {
		if name := n.Value[m[2]:m[3]]; !has(values, name) {
			line, column := within(l.src, n, m[0])
			l.failAt(line, column, "unknown parameter ${%s}%s", name, hint(name, keys(values)))
			ok = false
		}
	}
	return ok
}

// promql reports what PromQL's parser found, in the file's terms.
func (l *loading) promql(e pending, x expansion, err error) {
	var list parser.ParseErrors
	if !errors.As(err, &list) || len(list) == 0 {
		l.fail(e.node, "%s: %v", e.what, err)
		return
	}
	for _, pe := range list {
		line, column := within(l.src, e.node, x.source(int(pe.PositionRange.Start)))
		l.failAt(line, column, "%s: %v", e.what, pe.Err)
	}
}

// rules checks the alerting rules.
func (l *loading) rules() {
	values := l.pack.values(nil)
	lines := strings.SplitAfter(l.src, "\n")
	start := offsetAt(l.src, l.pack.from, 1)
	text := l.pack.ruleText()[l.pack.from-1:]
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		if name := text[m[2]:m[3]]; !has(values, name) {
			line, column := placeOf(l.src, start+m[0])
			l.failAt(line, column, "unknown parameter ${%s}%s", name, hint(name, keys(l.pack.values(nil))))
			values[name] = "1" // it was told; the rest is to be checked
		}
	}
	x := expand(l.pack.ruleText(), values)
	_, errs := rules.Parse(l.file, []byte(x.text), rules.ParseOptions{})
	for _, err := range errs {
		var re *rules.Error
		if !errors.As(err, &re) {
			l.errs = append(l.errs, placed{l.pack.from, 1, err})
			continue
		}
		// The rules' text has empty lines where the pack has others.
		moved := *re
		if re.Line >= l.pack.from {
			off := x.source(offsetAt(x.text, re.Line, re.Column)) - (l.pack.from - 1)
			moved.Line, moved.Column = placeOf(l.src, start+off)
			moved.Text = strings.TrimRight(lines[min(moved.Line, len(lines))-1], "\r\n")
		}
		l.errs = append(l.errs, placed{moved.Line, moved.Column, &moved})
	}
}

func has(m map[string]string, k string) bool { _, ok := m[k]; return ok }

func keys(m map[string]string) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
