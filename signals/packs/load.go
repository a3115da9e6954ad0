package packs

import (
	"cmp"
	"errors"
	"io"
	"regexp"
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
	l := &loading{nodes: nodes{file: file}, src: string(data), pack: &Pack{File: file, text: data, Parameters: map[string]Parameter{}}}
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

// loading reads one file.
type loading struct {
	nodes
	src   string
	pack  *Pack
	exprs []pending
}

// pending is an expression that is checked when all parameters are known.
type pending struct {
	node     *yaml.Node
	what     string
	selector bool
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
