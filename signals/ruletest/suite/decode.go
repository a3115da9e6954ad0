package suite

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

const (
	maxFile     = 64 << 20  // bytes of a test file
	maxNodes    = 5_000_000 // of a file, aliases followed
	maxMistakes = 50        // of a file that are told
)

// Parse reads a test file. A key that is neither promtool's nor ours is a
// mistake, as is one that stands twice; all mistakes are returned, each an
// *Error with its place, and no file. An empty text has no tests.
func Parse(name string, data []byte) (*File, []error) {
	return parse(name, data, false)
}

// parse lets unknown keys pass if it is lenient.
func parse(name string, data []byte, lenient bool) (*File, []error) {
	f := &File{text: string(data)}
	var doc yaml.Node
	err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&doc)
	switch {
	case errors.Is(err, io.EOF):
		return f, nil
	case err != nil:
		return nil, []error{yamlError(name, err)}
	}
	d := &decoder{file: name, lenient: lenient, left: maxNodes}
	if len(doc.Content) > 0 {
		d.value(doc.Content[0], reflect.ValueOf(f).Elem(), "a test file")
	}
	d.check(f)
	if len(d.errs) > 0 {
		slices.SortStableFunc(d.errs, func(a, b error) int { return comparePlaces(a.(*Error).Place, b.(*Error).Place) })
		return nil, d.errs
	}
	return f, nil
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// check refuses keys that do not go together.
func (d *decoder) check(f *File) {
	wrong := func(p Place, format string, args ...any) {
		d.fail(&yaml.Node{Line: p.Line, Column: p.Column}, format, args...)
	}
	for i := range f.Tests {
		t := &f.Tests[i]
		saved := cmp.Or(t.Capture.Place, t.Scenario.Place)
		switch {
		case saved == Place{}:
			for _, key := range []struct {
				name string
				at   Place
			}{{"alerts", placeOfFirst(t.Alerts)}, {"silent", placeOfWords(t.Silent)}, {"why", placeOfFirst(t.Why)}, {"signals", placeOfFirst(t.Signals)}} {
				if key.at.Line > 0 {
					wrong(key.at, "%s is for a test with a capture or a scenario; with input_series write alert_rule_test", key.name)
				}
			}
			for _, e := range t.PromqlExprTests {
				if e.At.Line > 0 {
					wrong(e.At.Place, "at is for a test with a capture or a scenario; with input_series write eval_time")
				}
			}
		case t.Capture.Line > 0 && t.Scenario.Line > 0:
			wrong(t.Scenario.Place, "a test has a capture or a scenario, not both")
		case len(t.InputSeries) > 0:
			wrong(t.InputSeries[0].Place, "a test has input_series or a capture, not both: make them two tests")
		case len(t.AlertRuleTests) > 0:
			wrong(t.AlertRuleTests[0].Place, "alert_rule_test is for input_series: write alerts: {%s: {from: TIME}}, or silent: [%[1]s]", t.AlertRuleTests[0].Alertname.Value)
		case t.StartTimestamp.Set:
			wrong(t.StartTimestamp.Place, "start_timestamp is for input_series: a capture has its own times")
		case t.Interval > 0:
			wrong(t.Place, "interval is for input_series; evaluation_interval at the top of the file says how often rules are evaluated")
		}
	}
}

func placeOfFirst[T any](l Named[T]) (p Place) {
	if len(l) > 0 {
		p = l[0].Name.Place
	}
	return p
}

func placeOfWords(l []Word) (p Place) {
	if len(l) > 0 {
		p = l[0].Place
	}
	return p
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// yamlError gives what the YAML reader says its place.
func yamlError(file string, err error) error {
	e := &Error{File: file, Message: "not readable as YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Column = 1
		e.Message = "not readable as YAML: " + strings.TrimPrefix(err.Error(), m[0])
	}
	return e
}

// decoder fills structs from nodes, and notes where each stands.
type decoder struct {
	file    string
	lenient bool
	left    int // nodes that may still come
	errs    []error
}

// fail notes a mistake.
func (d *decoder) fail(n *yaml.Node, format string, args ...any) {
	if len(d.errs) < maxMistakes {
		d.errs = append(d.errs, &Error{d.file, placeOf(n), fmt.Sprintf(format, args...)})
	}
}

func placeOf(n *yaml.Node) Place { return Place{n.Line, n.Column} }

// own is what reads itself from a node.
type own interface {
	read(d *decoder, n *yaml.Node, what string)
}

// value fills v, which what names in messages. null leaves it as it is.
func (d *decoder) value(n *yaml.Node, v reflect.Value, what string) {
	if d.left--; d.left < 0 {
		if d.left == -1 {
			d.fail(n, "more than %d values, aliases counted: write a smaller file", maxNodes)
		}
		return
	}
	at := n
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if o, ok := v.Addr().Interface().(own); ok {
		if n.ShortTag() != "!!null" {
			o.read(d, n, what)
		}
		return
	}
	if n.ShortTag() == "!!null" {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), what)
	case reflect.Struct:
		d.mapping(n, v, what)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.fail(at, "%s is a list: write each item after a -", what)
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, item := range n.Content {
			d.value(item, v.Index(i), "an item of "+what)
		}
	case reflect.Map:
		d.strings(n, v, what)
	default:
		d.scalar(n, v, what)
	}
}

// scalar fills what has one value.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.ScalarNode {
		d.fail(n, "%s is one value, not a list or a mapping", what)
		return
	}
	switch p := v.Addr().Interface().(type) {
	case *model.Duration:
		parsed, err := model.ParseDuration(n.Value)
		if err != nil {
			d.fail(n, "%s: %v: write it as in 1h30m", what, err)
		}
		*p = parsed
	case *string:
		*p = n.Value
	case *bool, *float64:
		if err := n.Decode(p); err != nil {
			d.fail(n, "%s: %q is no %s", what, n.Value, map[reflect.Kind]string{reflect.Bool: "true or false", reflect.Float64: "number"}[v.Kind()])
		}
	}
}

// read fills a text.
func (t *Word) read(d *decoder, n *yaml.Node, what string) {
	t.Place = placeOf(n)
	d.scalar(n, reflect.ValueOf(&t.Value).Elem(), what)
}

// read fills an instant.
func (t *Instant) read(d *decoder, n *yaml.Node, what string) {
	t.Place, t.Set = placeOf(n), true
	var err error
	if t.Time, err = parseTime(n.Value); err != nil || n.Kind != yaml.ScalarNode {
		d.fail(n, "%s: %q is no time: write it as in 2026-11-21T07:10:00Z, or as seconds since 1970", what, n.Value)
	}
}

// read fills a moment.
func (m *Moment) read(d *decoder, n *yaml.Node, what string) {
	d.scalar(n, reflect.ValueOf(&m.Text).Elem(), what)
	m.Place = placeOf(n)
	if n.Kind != yaml.ScalarNode {
		return
	}
	if m.Text == "end" {
		m.kind = endMoment
		return
	}
	for _, layout := range []string{time.TimeOnly, "15:04", "15:04:05.999"} {
		if t, err := time.Parse(layout, m.Text); err == nil {
			m.kind, m.clock = clockMoment, t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))
			return
		}
	}
	if t, err := time.Parse(time.RFC3339Nano, m.Text); err == nil {
		m.kind, m.instant = instantMoment, t.UTC()
		return
	}
	offset, err := model.ParseDuration(strings.TrimPrefix(m.Text, "+"))
	if err != nil {
		d.fail(n, "%s: %q is no time: write it as in 07:13, 2026-11-21T07:13:00Z, or 3m for that long after the capture's start", what, m.Text)
	}
	m.kind, m.offset = offsetMoment, time.Duration(offset)
}

// read fills a mapping from names.
func (l *Named[T]) read(d *decoder, n *yaml.Node, what string) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s is a mapping: write NAME: VALUE lines", what)
		return
	}
	for _, p := range d.pairs(n, 0) {
		e := Entry[T]{Name: Word{placeOf(p[0]), p[0].Value}}
		d.value(p[1], reflect.ValueOf(&e.Value).Elem(), p[0].Value+" of "+what)
		*l = append(*l, e)
	}
}

// read fills a list.
func (l *OneOrMore[T]) read(d *decoder, n *yaml.Node, what string) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	for _, item := range items {
		var one T
		d.value(item, reflect.ValueOf(&one).Elem(), what)
		*l = append(*l, one)
	}
}

// pairs are a mapping's keys and values, those of << before them.
func (d *decoder) pairs(n *yaml.Node, merged int) (list [][2]*yaml.Node) {
	const most = 100 // mappings that are merged into one another
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.ShortTag() != "!!merge" {
			continue
		}
		sources := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			sources = slices.Clone(value.Content)
			slices.Reverse(sources) // the first one wins
		}
		for _, s := range sources {
			for s.Kind == yaml.AliasNode {
				s = s.Alias
			}
			if s.Kind != yaml.MappingNode || merged >= most {
				d.fail(value, "<< takes a mapping, or a list of some")
				return list
			}
			list = append(list, d.pairs(s, merged+1)...)
		}
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.ShortTag() == "!!merge" {
			continue
		}
		if seen[key.Value] {
			d.fail(key, "%q stands twice", key.Value)
		}
		seen[key.Value] = true
		list = append(list, [2]*yaml.Node{key, n.Content[i+1]})
	}
	return list
}

// strings fills a map of strings.
func (d *decoder) strings(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s is a mapping: write NAME: VALUE lines", what)
		return
	}
	m := map[string]string{}
	for _, p := range d.pairs(n, 0) {
		var text Word
		d.value(p[1], reflect.ValueOf(&text).Elem(), p[0].Value+" of "+what)
		m[p[0].Value] = text.Value
	}
	v.Set(reflect.ValueOf(m))
}

// mapping fills a struct.
func (d *decoder) mapping(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s is a mapping: write KEY: VALUE lines", what)
		return
	}
	if p := v.FieldByName("Place"); p.IsValid() {
		p.Set(reflect.ValueOf(placeOf(n)))
	}
	keys := keysOf(v.Type())
	for _, p := range d.pairs(n, 0) {
		name := p[0].Value
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
		switch {
		case i >= 0:
			d.value(p[1], v.Field(keys[i].field), name)
		case !d.lenient && name == "groups" && v.Type() == reflect.TypeFor[File]():
			d.fail(p[0], "this is a rule file, no test file: 'scrapebook check rules' checks it, and a test file names it in rule_files")
		case !d.lenient:
			d.fail(p[0], "unknown key %q in %s%s", name, what, meant(name, keys))
		}
	}
}

// A key is a field that a file may have.
type key struct {
	name  string
	field int
	own   bool // it is not promtool's
}

func keysOf(t reflect.Type) (keys []key) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("yaml") != "" {
			keys = append(keys, key{f.Tag.Get("yaml"), i, f.Tag.Get("own") != ""})
		}
	}
	return keys
}

// meant says which key was probably meant, or which there are.
func meant(wrong string, keys []key) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	return meantOf(wrong, names)
}
