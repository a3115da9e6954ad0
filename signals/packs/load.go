package packs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	packKeys   = []string{"name", "title", "when", "general", "parameters", "signals", "groups"}
	paramKeys  = []string{"help", "default"}
	signalKeys = []string{"name", "title", "concern", "headline", "unit", "good", "exprs", "warn", "bad", "reason", "next"}
	exprKeys   = []string{"if", "expr", "life"}

	units      = []string{"seconds", "bytes", "ratio", "count", "cores", "per-second", "bytes-per-second"}
	concerns   = []string{"latency", "traffic", "errors", "saturation"}
	directions = []string{"low", "high", "steady"}

	wordLike  = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	paramLike = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

const (
	maxMistakes = 50      // of one file that are told
	maxSize     = 1 << 20 // bytes of one file
)

// Load reads a pack and checks it as a whole. On mistakes it returns all of
// them, each with its place in the file (an *Error, or a *rules.Error for a
// mistake in the rules), and no pack. The file's name is for messages.
//
//	name: shop                          # small letters, digits and -
//	title: the shop's front end
//	when: shop_requests_total           # or a list: a target must have had them all; `a or b` is one of them
//	general: false                      # true: leaves targets to packs that are more special
//	parameters:
//	  quantile: {help: 'which one', default: 0.99}
//	signals:                            # of each concern one is the headline
//	- name: request-latency
//	  title: time of a request, p99
//	  concern: latency                  # latency, traffic, errors, saturation
//	  headline: true
//	  unit: seconds                     # seconds, bytes, ratio, count, cores, per-second, bytes-per-second
//	  good: low                         # low, high, steady
//	  exprs:                            # the first one whose `if` a target has had
//	  - if: shop_request_seconds_bucket{url!=""}
//	    expr: histogram_quantile(${quantile}, sum by (job, instance, le${by}) (rate(shop_request_seconds_bucket[${window}])))
//	    life: histogram_quantile(${quantile}, sum by (job, instance, le${by}) (shop_request_seconds_bucket))
//	  warn: 0.5
//	  bad: 2
//	  reason: customers leave after 2 s
//	  next: 'the database: shop_query_seconds'
//	groups: []                          # alerting rules, as Prometheus has them, with ${parameters}
//
// An expression must keep the labels job and instance, which tell whose value
// it is. ${window} is how far back rates look, ${back} the offset at which the
// first sample within the window can be seen, and ${by} stands for what a user
// wants to group by besides. life is for a single scrape, over which a rate has
// no meaning; it may be left out where the expression looks at no range.
func Load(file string, data []byte) (*Pack, []error) {
	l := &loading{file: file, src: string(data), pack: &Pack{File: file, text: data, Parameters: map[string]Parameter{}}}
	doc := l.document()
	if doc != nil {
		l.top(doc)
	}
	if len(l.errs) == 0 {
		return l.pack, nil
	}
	sort.SliceStable(l.errs, func(i, j int) bool {
		a, b := l.errs[i], l.errs[j]
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column)) < 0
	})
	var errs []error
	for _, e := range l.errs[:min(len(l.errs), maxMistakes)] {
		errs = append(errs, e.err)
	}
	return nil, errs
}

// loading collects the mistakes of one file.
type loading struct {
	file, src string
	pack      *Pack
	errs      []placed
	exprs     []pending
}

type placed struct {
	line, column int
	err          error
}

// pending is an expression that is checked when all parameters are known.
type pending struct {
	node     *yaml.Node
	what     string
	selector bool
}

func (l *loading) failAt(line, column int, format string, args ...any) {
	line, column = max(line, 1), max(column, 1)
	l.errs = append(l.errs, placed{line, column, &Error{l.file, line, column, fmt.Sprintf(format, args...)}})
}

func (l *loading) fail(n *yaml.Node, format string, args ...any) {
	l.failAt(n.Line, n.Column, format, args...)
}

var yamlPlace = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// document is the only document's root.
func (l *loading) document() *yaml.Node {
	if len(l.src) > maxSize {
		l.failAt(1, 1, "the file has %d bytes; a pack has %d at most", len(l.src), maxSize)
		return nil
	}
	dec := yaml.NewDecoder(strings.NewReader(l.src))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF):
		l.failAt(1, 1, "the file is empty: a pack has %s", strings.Join(packKeys, ", "))
		return nil
	case err == nil:
		if err = dec.Decode(&second); err == nil {
			l.fail(&second, "a second document: a pack is one")
			return nil
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		m := yamlPlace.FindStringSubmatch(err.Error())
		text, line := err.Error(), 1
		if m != nil {
			text = text[len(m[0]):]
			line, _ = strconv.Atoi(cmp.Or(m[1], "1"))
		}
		l.failAt(line, 1, "not YAML: %s", text)
		return nil
	}
	return doc.Content[0]
}

// mapping calls f for each key that may stand there.
func (l *loading) mapping(n *yaml.Node, what string, allowed []string, f func(key string, k, v *yaml.Node)) (seen map[string]bool) {
	seen = map[string]bool{}
	if n.Kind != yaml.MappingNode {
		l.fail(n, "%s must be a mapping of keys to values", what)
		return seen
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			l.fail(k, "a key of %s must be a plain word", what)
			continue
		case seen[k.Value]:
			l.fail(k, "the key %q stands twice in %s", k.Value, what)
		case allowed != nil && !slices.Contains(allowed, k.Value):
			l.fail(k, "unknown key %q in %s%s", k.Value, what, hint(k.Value, allowed))
		default:
			f(k.Value, k, v)
		}
		seen[k.Value] = true
	}
	return seen
}

// hint says what may be meant, or what there is.
func hint(word string, names []string) string {
	if n := nearest(word, names); n != "" {
		return ": did you mean " + n + "?"
	}
	if len(names) == 0 {
		return ": there is none"
	}
	return ": there are " + strings.Join(names, ", ")
}

func (l *loading) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		l.fail(n, "%s must be a text, and not empty", what)
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (l *loading) flag(n *yaml.Node, what string) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		l.fail(n, "%s must be true or false", what)
	}
	return n.Value == "true"
}

func (l *loading) number(n *yaml.Node, what string) *float64 {
	v, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		l.fail(n, "%s must be a number", what)
		return nil
	}
	return &v
}

func (l *loading) oneOf(n *yaml.Node, what string, names []string) string {
	if s := l.text(n, what); s == "" || slices.Contains(names, s) {
		return s
	}
	l.fail(n, "unknown %s %q%s", what, n.Value, hint(n.Value, names))
	return ""
}

// list is a text, or a list of texts.
func (l *loading) list(n *yaml.Node, what string, f func(n *yaml.Node)) (texts []string) {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		if nodes = n.Content; len(nodes) == 0 {
			l.fail(n, "%s must not be empty", what)
		}
	}
	for _, n := range nodes {
		if s := l.text(n, what); s != "" {
			texts = append(texts, s)
			f(n)
		}
	}
	return texts
}
