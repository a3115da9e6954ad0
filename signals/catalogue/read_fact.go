package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// types are those that a fact may have, but for none and -.
var types = []string{"counter", "gauge", "histogram", "summary", "unknown", "gaugehistogram", "info", "stateset", "custom"}

// fact reads the line of a metric.
func (r *reader) fact(f []token, n int) *problem {
	name, bad := f[0].value()
	switch {
	case bad != nil:
		return bad
	case name == "":
		return &problem{f[0].column, errors.New("a metric needs a name")}
	case len(f) < 3:
		return has(f, 3, "METRIC VERSIONS TYPE KEY=VALUE…")
	}
	x := &fact{}
	if x.in, bad = r.set(f[1]); bad != nil {
		return bad
	}
	switch t := f[2].text; {
	case t == "none":
		x.none = true
	case t == "-":
	case slices.Contains(types, t):
		x.Type = t
	default:
		return &problem{f[2].column, fmt.Errorf("%s is no type%s", quoted(t), hint(t, append([]string{"none", "-"}, types...)))}
	}
	if bad := r.entry(&x.Entry, f[3:]); bad != nil {
		return bad
	}
	l := r.lines[name]
	if l == nil {
		l = &lines{}
		r.lines[name] = l
	}
	for i := range l.facts {
		if v := l.facts[i].in.common(x.in); v >= 0 {
			return &problem{f[1].column, fmt.Errorf("line %d speaks of %s in version %s already", l.at[i], quoted(name), r.c.Versions[v])}
		}
	}
	l.facts, l.at = append(l.facts, x), append(l.at, n)
	return nil
}

// keys are what may follow a type.
var keys = []string{"labels", "le", "quantiles", "stability", "deprecated", "hidden", "renamed", "in", "from", "note"}

func (r *reader) entry(e *Entry, f []token) *problem {
	seen := 0 // a bit for each key
	for _, t := range f {
		key, value, valued := t.cut("=")
		bit := 1 << (slices.Index(keys, key.text) + 1)
		switch {
		case bit == 1:
			return &problem{key.column, fmt.Errorf("there is no key %s%s", quoted(key.text), hint(key.text, keys))}
		case seen&bit != 0:
			return &problem{key.column, fmt.Errorf("%s stands here twice", key.text)}
		case valued == (key.text == "hidden"):
			return &problem{key.column, errors.New("hidden stands alone, all other keys are followed by = and a value")}
		case e.none && !slices.Contains([]string{"renamed", "from", "note"}, key.text):
			return &problem{key.column, fmt.Errorf("a metric that is not there has no %s", key.text)}
		case !e.none && key.text == "renamed":
			return &problem{key.column, errors.New("renamed stands after the type none")}
		}
		seen |= bit
		if bad := r.key(e, key.text, value); bad != nil {
			return bad
		}
	}
	return nil
}

func (r *reader) key(e *Entry, key string, v token) (bad *problem) {
	switch key {
	case "labels":
		e.HasLabels = true
		e.Labels, bad = labels(v)
	case "le":
		e.Bounds, bad = rising(v)
	case "quantiles":
		e.Quantiles, bad = rising(v)
	case "hidden":
		e.Hidden = true
	case "in":
		e.In, bad = names(v)
		slices.Sort(e.In)
	case "from":
		if e.From, bad = names(v); bad == nil {
			bad = r.known(e.From, v)
		}
		r.c.order(e.From)
	case "stability":
		e.Stability, bad = words(key, v)
	case "deprecated":
		e.Deprecated, bad = words(key, v)
	case "renamed":
		e.Renamed, bad = words(key, v)
	case "note":
		e.Note, bad = words(key, v)
	}
	return bad
}

// words is a value that is not empty.
func words(key string, v token) (string, *problem) {
	text, bad := v.value()
	if bad == nil && text == "" {
		bad = &problem{v.column, fmt.Errorf("%s needs a value", key)}
	}
	return text, bad
}

// known checks that there are such sources.
func (r *reader) known(ids []string, t token) *problem {
	for i, id := range ids {
		if !slices.ContainsFunc(r.c.Sources, func(s Source) bool { return s.ID == id }) {
			return &problem{t.split(",")[i].column, fmt.Errorf("no line above says: source %s", quote(id))}
		}
	}
	return nil
}

// order brings sources into the order of c.Sources.
func (c *Catalogue) order(ids []string) {
	place := func(id string) int { return slices.IndexFunc(c.Sources, func(s Source) bool { return s.ID == id }) }
	slices.SortFunc(ids, func(a, b string) int { return place(a) - place(b) })
}

func names(t token) ([]string, *problem) {
	var list []string
	for _, item := range t.split(",") {
		v, bad := item.value()
		switch {
		case bad != nil:
			return nil, bad
		case v == "":
			return nil, &problem{item.column, errors.New("an empty name")}
		case slices.Contains(list, v):
			return nil, &problem{item.column, fmt.Errorf("%s stands here twice", quoted(v))}
		}
		list = append(list, v)
	}
	return list, nil
}

func labels(t token) ([]Label, *problem) {
	if t.text == "" {
		return nil, nil
	}
	var list []Label
	for _, item := range t.split(",") {
		name, value, valued := item.cut("=")
		var l Label
		var bad *problem
		if l.Name, bad = name.value(); bad != nil {
			return nil, bad
		}
		if l.Value, bad = value.value(); bad != nil {
			return nil, bad
		}
		switch {
		case l.Name == "":
			return nil, &problem{item.column, errors.New("a label needs a name")}
		case valued && l.Value == "":
			return nil, &problem{value.column, errors.New("a label that is always empty is none")}
		case slices.ContainsFunc(list, func(x Label) bool { return x.Name == l.Name }):
			return nil, &problem{item.column, fmt.Errorf("the label %s stands here twice", quoted(l.Name))}
		}
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// rising reads finite numbers, each above the one before.
func rising(t token) ([]float64, *problem) {
	var list []float64
	for _, item := range t.split(",") {
		v, err := strconv.ParseFloat(item.text, 64)
		switch {
		case err != nil || math.IsNaN(v) || math.IsInf(v, 0) || strings.ContainsAny(item.text, "_xX"):
			return nil, &problem{item.column, fmt.Errorf("%s is no finite number", quoted(item.text))}
		case len(list) > 0 && v <= list[len(list)-1]:
			return nil, &problem{item.column, fmt.Errorf("%s is not above the number before it", item.text)}
		}
		list = append(list, v)
	}
	return list, nil
}
