package suite

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// schema is a part of JSON Schema, draft 2020-12, as far as a test file needs.
type schema struct {
	Schema      string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        []string           `json:"type,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Additional  any                `json:"additionalProperties,omitempty"` // false, or a *schema
	Items       *schema            `json:"items,omitempty"`
	AnyOf       []*schema          `json:"anyOf,omitempty"`
}

// texts are what YAML takes as a string.
func texts() []string { return []string{"string", "number", "boolean", "null"} }

// schemaOf describes what the decoder takes for a type. What is left out of
// properties may be anything in Go, and nothing here.
func schemaOf(t reflect.Type) *schema {
	switch v := reflect.New(t).Interface().(type) {
	case *Word, *Instant, *Moment, *model.Duration:
		return &schema{Type: texts()}
	case interface{ entry() reflect.Type }:
		return &schema{Type: []string{"object", "null"}, Additional: schemaOf(v.entry())}
	case interface{ one() reflect.Type }:
		one := schemaOf(v.one())
		return &schema{AnyOf: []*schema{one, {Type: []string{"array"}, Items: one}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.String:
		return &schema{Type: texts()}
	case reflect.Bool:
		return &schema{Type: []string{"boolean", "null"}}
	case reflect.Float64:
		return &schema{Type: []string{"number", "null"}}
	case reflect.Map:
		return &schema{Type: []string{"object", "null"}, Additional: &schema{Type: texts()}}
	case reflect.Slice:
		return &schema{Type: []string{"array", "null"}, Items: schemaOf(t.Elem())}
	case reflect.Struct:
		s := &schema{Type: []string{"object", "null"}, Properties: map[string]*schema{}, Additional: false}
		for i := range t.NumField() {
			if f := t.Field(i); f.Tag.Get("yaml") != "" {
				p := schemaOf(f.Type)
				p.Description = f.Tag.Get("doc")
				s.Properties[f.Tag.Get("yaml")] = p
			}
		}
		return s
	}
	panic("no schema for " + t.String())
}

// entry and one tell what is in the types that read themselves.
func (*Named[T]) entry() reflect.Type   { return reflect.TypeFor[T]() }
func (*OneOrMore[T]) one() reflect.Type { return reflect.TypeFor[T]() }

// schema.json says what the structs say. SCRAPEBOOK_UPDATE writes it.
func TestSchema(t *testing.T) {
	s := schemaOf(reflect.TypeFor[File]())
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", "A test file of scrapebook test, and of promtool test rules"
	got, err := json.MarshalIndent(s, "", "  ")
	require.NoError(t, err)
	got = append(got, '\n')
	if os.Getenv("SCRAPEBOOK_UPDATE") != "" {
		require.NoError(t, os.WriteFile("schema.json", got, 0o666))
	}
	want, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
	described(t, "", s)
}

// described wants a word on each key.
func described(t *testing.T, path string, s *schema) {
	for name, p := range s.Properties {
		require.NotEmpty(t, p.Description, path+"."+name)
		described(t, path+"."+name, p)
	}
	if s.Items != nil {
		described(t, path, s.Items)
	}
}

// fits tells whether a document is as a schema says.
func fits(s *schema, n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		return fits(s, n.Alias)
	}
	if len(s.AnyOf) > 0 {
		return slices.ContainsFunc(s.AnyOf, func(one *schema) bool { return fits(one, n) })
	}
	kind := map[yaml.Kind]string{yaml.MappingNode: "object", yaml.SequenceNode: "array"}[n.Kind]
	if kind == "" {
		tags := map[string]string{"!!null": "null", "!!bool": "boolean", "!!int": "number", "!!float": "number"}
		if kind = tags[n.ShortTag()]; kind == "" {
			kind = "string"
		}
	}
	if !slices.Contains(s.Type, kind) {
		return false
	}
	for i, item := range n.Content {
		switch {
		case n.Kind == yaml.SequenceNode:
			if !fits(s.Items, item) {
				return false
			}
		case i%2 == 1:
			p := s.Properties[n.Content[i-1].Value]
			if all, ok := s.Additional.(*schema); p == nil && ok {
				p = all
			}
			if p == nil || !fits(p, item) {
				return false
			}
		}
	}
	return true
}

// The schema takes the files that Parse takes, and of the others none but those
// whose mistake is no matter of shape.
func TestSchemaAgainstParse(t *testing.T) {
	s := schemaOf(reflect.TypeFor[File]())
	files, err := filepath.Glob("testdata/*/*.yml")
	require.NoError(t, err)
	files = append(files, "testdata/incident_test.yml")
	beyond := []string{"bad-eval-time", "bad-interval", "key-twice", "start-timestamp-bad"}
	refused := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		var doc yaml.Node
		merges := strings.Contains(string(data), "<<")
		if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 || merges || strings.Contains(name, "yaml-types") || strings.Contains(string(data), "groups:") {
			continue
		}
		_, errs := Parse(name, data)
		base := strings.TrimSuffix(filepath.Base(name), ".yml")
		require.Equal(t, len(errs) == 0 || slices.Contains(beyond, base), fits(s, doc.Content[0]), name)
		if len(errs) > 0 {
			refused++
		}
	}
	require.Greater(t, refused, 6)
}
