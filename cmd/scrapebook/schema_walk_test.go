package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/signals/schema"
)

// part is what of a JSON Schema tells names and kinds.
type part struct {
	Ref         string           `json:"$ref"`
	Type        any              `json:"type"`
	Const       any              `json:"const"`
	Enum        []any            `json:"enum"`
	Properties  map[string]*part `json:"properties"`
	Items       json.RawMessage  `json:"items"`
	Places      []*part          `json:"prefixItems"`
	AnyOf       []*part          `json:"anyOf"`
	OneOf       []*part          `json:"oneOf"`
	Required    []string         `json:"required"`
	Description string           `json:"description"`
	Defs        map[string]*part `json:"$defs"`
}

func parseSchema(t *testing.T, command string) *part {
	t.Helper()
	text, err := schema.Of(command)
	if err != nil {
		t.Fatal(err)
	}
	root := &part{}
	if err := json.Unmarshal(text, root); err != nil {
		t.Fatal(err)
	}
	return root
}

// items are what a list holds; nil of a list of fixed places.
func (p *part) items() *part {
	one := &part{}
	if len(p.Items) == 0 || json.Unmarshal(p.Items, one) != nil {
		return nil
	}
	return one
}

// kind is a word for a single value; "" of lists and objects.
func (p *part) kind() string {
	switch {
	case len(p.Enum) > 0:
		return "string"
	case p.Const != nil:
		return map[bool]string{true: "string", false: "number"}[isString(p.Const)]
	case len(p.AnyOf) > 0:
		return p.AnyOf[0].kind()
	}
	kind := fmt.Sprint(p.Type)
	if list, ok := p.Type.([]any); ok {
		kind = fmt.Sprint(list[0])
	}
	return map[string]string{"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}[kind]
}

// described are all names of all schemas, as OBJECT.NAME, whichever schema the
// object is in.
func described(t *testing.T) map[string]bool {
	out := map[string]bool{}
	for _, command := range schema.Commands() {
		root := parseSchema(t, command)
		for name, s := range root.Properties {
			out[command+": "+name] = true
			if s.Description == "" {
				t.Errorf("%s: %s is not described", command, name)
			}
		}
		for def, p := range root.Defs {
			for name, s := range p.Properties {
				out[def+"."+name] = true
				if s.Description == "" {
					t.Errorf("%s#/$defs/%s: %s is not described", command, def, name)
				}
			}
		}
	}
	return out
}

// walker goes through a document along its schema.
type walker struct {
	command string
	root    *part
}

func newWalker(t *testing.T, args []string) walker {
	t.Helper()
	cmd, _, err := newRoot().Find(args)
	if err != nil {
		t.Fatal(err)
	}
	command := strings.TrimPrefix(cmd.CommandPath(), "scrapebook ")
	return walker{command, parseSchema(t, command)}
}

// shortened are the first elements of all lists.
func shortened(doc any) any {
	switch v := doc.(type) {
	case map[string]any:
		for name, sub := range v {
			v[name] = shortened(sub)
		}
	case []any:
		v = v[:min(len(v), 6)]
		for i, sub := range v {
			v[i] = shortened(sub)
		}
		return v
	}
	return doc
}

// place is a name in an object of a document.
type place struct {
	object map[string]any
	name   string
}

// rename spells the name wrongly while f runs.
func (p place) rename(f func()) {
	v := p.object[p.name]
	delete(p.object, p.name)
	p.object[p.name+"_"] = v
	f()
	delete(p.object, p.name+"_")
	p.object[p.name] = v
}

// names are the first places of what the schema describes.
func (w walker) names(doc any) map[string]place {
	found := map[string]place{}
	w.part(w.root, w.command+": ", doc, found)
	return found
}

func (w walker) part(p *part, of string, doc any, found map[string]place) {
	if p == nil {
		return
	}
	if def, ok := strings.CutPrefix(p.Ref, "#/$defs/"); ok {
		w.part(w.root.Defs[def], def+".", doc, found)
		return
	}
	for _, one := range append(p.AnyOf, p.OneOf...) {
		if w.fits(one, doc) {
			w.part(one, of, doc, found)
			return
		}
	}
	switch v := doc.(type) {
	case map[string]any:
		for name, sub := range v {
			if s := p.Properties[name]; s != nil {
				if _, ok := found[of+name]; !ok {
					found[of+name] = place{v, name}
				}
				w.part(s, of, sub, found)
			}
		}
	case []any:
		for i, sub := range v {
			if i < len(p.Places) {
				w.part(p.Places[i], of, sub, found)
			} else {
				w.part(p.items(), of, sub, found)
			}
		}
	}
}

// fits tells whether a document is of an alternative: an object has the names
// that it requires.
func (w walker) fits(p *part, doc any) bool {
	if def, ok := strings.CutPrefix(p.Ref, "#/$defs/"); ok {
		p = w.root.Defs[def]
	}
	switch v := doc.(type) {
	case map[string]any:
		for _, name := range p.Required {
			if _, ok := v[name]; !ok {
				return false
			}
		}
		return p.Properties != nil
	case []any:
		if p.Type != "array" {
			return false
		}
		one := p.items()
		return one != nil && (len(v) == 0 || w.fits(one, v[0]))
	}
	return false
}

func isString(v any) bool {
	_, ok := v.(string)
	return ok
}
