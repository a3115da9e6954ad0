package packs

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// top reads the whole pack.
func (l *loading) top(doc *yaml.Node) {
	p := l.pack
	var signals, groups *yaml.Node
	after := 0 // the line of the key that follows the rules
	seen := l.mapping(doc, "a pack", packKeys, func(key string, k, v *yaml.Node) {
		if groups != nil && after == 0 {
			after = k.Line
		}
		switch key {
		case "name":
			if p.Name = l.text(v, "name"); p.Name != "" && !wordLike.MatchString(p.Name) {
				l.fail(v, "the name %q must be of small letters, digits and -", p.Name)
			}
		case "title":
			p.Title = l.text(v, "title")
		case "general":
			p.General = l.flag(v, "general")
		case "when":
			p.When = l.list(v, "when", func(n *yaml.Node) { l.exprs = append(l.exprs, pending{n, "when", true}) })
		case "parameters":
			l.parameters(v)
		case "signals":
			signals = v
		case "groups":
			groups = k
			p.from = k.Line
		}
	})
	for _, key := range []string{"name", "when", "signals"} {
		if doc.Kind == yaml.MappingNode && !seen[key] {
			l.fail(doc, "the pack has no %s", key)
		}
	}
	if p.Title == "" {
		p.Title = p.Name
	}
	if signals != nil {
		l.signals(signals)
	}
	for _, e := range l.exprs {
		l.expr(e)
	}
	if groups == nil {
		return
	}
	if p.upTo = strings.Count(l.src, "\n") + 1; after > 0 {
		p.upTo = after - 1
	}
	if groups.Column != 1 {
		l.fail(groups, "groups must stand at the beginning of a line")
		return
	}
	l.rules()
}

func (l *loading) parameters(n *yaml.Node) {
	l.mapping(n, "parameters", nil, func(name string, k, v *yaml.Node) {
		what := "the parameter " + name
		switch {
		case !paramLike.MatchString(name):
			l.fail(k, "the parameter's name %q must be of small letters, digits and _", name)
		case name == windowName || name == backName || name == byName:
			l.fail(k, "${%s} is no parameter: it is filled in by whoever asks", name)
		}
		var p Parameter
		seen := l.mapping(v, what, paramKeys, func(key string, _, v *yaml.Node) {
			if key == "help" {
				p.Help = l.text(v, "help")
				return
			}
			if p.Default = l.text(v, "default"); strings.Contains(p.Default, "\n") {
				l.fail(v, "the default must be one line: it may stand in the midst of one")
			}
			l.exprs = append(l.exprs, pending{v, "the default of " + name, false})
		})
		if v.Kind == yaml.MappingNode && !seen["default"] {
			l.fail(k, "%s has no default", what)
		}
		l.pack.Parameters[name] = p
	})
}

func (l *loading) signals(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		l.fail(n, "signals must be a list")
		return
	}
	names := map[string]int{}
	headline := map[Concern]Signal{}
	for _, item := range n.Content {
		s := l.signal(item)
		if first, twice := names[s.Name]; twice && s.Name != "" {
			l.fail(item, "a second signal is named %s: the first is in line %d", s.Name, first)
		}
		names[s.Name] = item.Line
		if s.Headline && s.Concern != "" {
			if first, twice := headline[s.Concern]; twice {
				l.fail(item, "%s has a second headline, %s: the first is %s in line %d", s.Concern, s.Name, first.Name, first.Line)
			}
			headline[s.Concern] = s
		}
		l.pack.Signals = append(l.pack.Signals, s)
	}
	for _, c := range Concerns() {
		if _, ok := headline[c]; ok {
			continue
		}
		of := slices.IndexFunc(l.pack.Signals, func(s Signal) bool { return s.Concern == c })
		if of < 0 {
			l.fail(n, "no signal is about %s: each of %s has one with headline: true", c, strings.Join(concerns, ", "))
		} else {
			l.failAt(l.pack.Signals[of].Line, n.Content[of].Column, "%s has no headline: give it to one of its signals, such as this one, with headline: true", c)
		}
	}
}

func (l *loading) signal(n *yaml.Node) Signal {
	s := Signal{Line: n.Line, Good: Low}
	var limits *yaml.Node
	seen := l.mapping(n, "a signal", signalKeys, func(key string, k, v *yaml.Node) {
		switch key {
		case "name":
			if s.Name = l.text(v, "name"); s.Name != "" && !wordLike.MatchString(s.Name) {
				l.fail(v, "the name %q must be of small letters, digits and -", s.Name)
			}
		case "title":
			s.Title = l.text(v, "title")
		case "concern":
			s.Concern = Concern(l.oneOf(v, "concern", concerns))
		case "headline":
			s.Headline = l.flag(v, "headline")
		case "unit":
			s.Unit = Unit(l.oneOf(v, "unit", units))
		case "good":
			s.Good = Direction(l.oneOf(v, "direction", directions))
		case "exprs":
			s.Exprs = l.alternatives(v)
		case "warn":
			s.Warn, limits = l.number(v, "warn"), k
		case "bad":
			s.Bad, limits = l.number(v, "bad"), k
		case "reason":
			s.Reason = l.text(v, "reason")
		case "next":
			s.Next = l.text(v, "next")
		}
	})
	if n.Kind != yaml.MappingNode {
		return s
	}
	for _, key := range []string{"name", "title", "concern", "unit", "good", "exprs"} {
		if !seen[key] {
			l.fail(n, "the signal %s has no %s", s.Name, key)
		}
	}
	l.thresholds(n, s, limits)
	return s
}

func (l *loading) thresholds(n *yaml.Node, s Signal, limits *yaml.Node) {
	switch {
	case limits == nil:
		if s.Reason != "" {
			l.fail(n, "the signal %s has a reason and no threshold: give it warn or bad", s.Name)
		}
		return
	case s.Reason == "":
		l.fail(limits, "a threshold without a reason: say why, in reason")
	}
	if s.Good == Steady {
		l.fail(limits, "a signal that is good when steady has no thresholds")
	}
	if s.Warn != nil && s.Bad != nil && (s.Good == Low && *s.Warn > *s.Bad || s.Good == High && *s.Warn < *s.Bad) {
		l.fail(limits, "what is good is %s, so warn must come before bad", s.Good)
	}
}

func (l *loading) alternatives(n *yaml.Node) (list []Expr) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		l.fail(n, "exprs must be a list, each with if and expr")
		return nil
	}
	for _, item := range n.Content {
		var e Expr
		seen := l.mapping(item, "an expression", exprKeys, func(key string, _, v *yaml.Node) {
			switch key {
			case "if":
				e.If = l.list(v, "if", func(n *yaml.Node) { l.exprs = append(l.exprs, pending{n, "if", true}) })
			case "expr":
				e.Expr = l.text(v, "expr")
				l.exprs = append(l.exprs, pending{v, "expr", false})
			case "life":
				e.Life = l.text(v, "life")
				l.exprs = append(l.exprs, pending{v, "life", false})
			}
		})
		for _, key := range []string{"if", "expr"} {
			if item.Kind == yaml.MappingNode && !seen[key] {
				l.fail(item, "the expression has no %s%s", key, map[string]string{"if": ": the metric that tells absent from zero"}[key])
			}
		}
		list = append(list, e)
	}
	return list
}
