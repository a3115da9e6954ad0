package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/schema"
)

// schemaHelp says what to do when JSON and schema differ.
const schemaHelp = `
What a command writes with --format json is described in signals/schema, a file
for each command. Describe what is new there (a name, its type, one sentence; in
"required" unless it may be left out), and let a run in schema_test.go write it.
A name that goes, or that means something else now, raises terminal.JSONVersion
and is told in CHANGELOG.md.`

// compiled are the schemas of the commands, ready to validate.
var compiled = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	out := map[string]*jsonschema.Schema{}
	for _, command := range schema.Commands() {
		text, err := schema.Of(command)
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("the schema of %s: %w", command, err)
		}
		url := "schema:" + strings.ReplaceAll(command, " ", "-")
		if err := c.AddResource(url, doc); err != nil {
			return nil, err
		}
		if out[command], err = c.Compile(url); err != nil {
			return nil, err
		}
	}
	return out, nil
})

// checkSchema holds what a command line wrote to the schema of its command.
func checkSchema(args []string, text []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%v: %w:\n%s", args, err, text)
	}
	return validate(args, doc)
}

func validate(args []string, doc any) error {
	cmd, _, err := newRoot().Find(withVerb(newRoot(), args))
	if err != nil {
		return err
	}
	command := strings.TrimPrefix(cmd.CommandPath(), "scrapebook ")
	all, err := compiled()
	if err != nil {
		return err
	}
	s := all[command]
	if s == nil {
		return fmt.Errorf("%s writes JSON and has no schema%s", command, schemaHelp)
	}
	if err := s.Validate(doc); err != nil {
		return fmt.Errorf("%v: %w%s", args, err, schemaHelp)
	}
	return nil
}

// asksForJSON tells whether a command line wants JSON on its standard output.
func asksForJSON(args []string) bool {
	line := " " + strings.Join(args, " ") + " "
	return (strings.Contains(line, " --format json ") || strings.Contains(line, " --format=json ")) && !strings.Contains(line, " -o ")
}

// mainOfScripts is main, and holds the JSON of every script to its schema.
func mainOfScripts() {
	if !asksForJSON(os.Args[1:]) {
		main()
		return
	}
	var out bytes.Buffer
	code := run(os.Args[1:], os.Stdin, &out, os.Stderr)
	os.Stdout.Write(out.Bytes())
	if out.Len() > 0 {
		if err := checkSchema(os.Args[1:], out.Bytes()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 97
		}
	}
	os.Exit(code)
}

// Whatever takes --format json has a schema, and whatever has one takes it.
func TestEachJSONHasASchema(t *testing.T) {
	var list []string
	walk(newRoot(), func(c *cobra.Command) {
		if f := c.Flags().Lookup("format"); f != nil && strings.Contains(f.Usage, "json") {
			list = append(list, strings.TrimPrefix(c.CommandPath(), "scrapebook "))
		}
	})
	slices.Sort(list)
	if got := schema.Commands(); !slices.Equal(got, list) {
		t.Errorf("these have a schema: %q\nthese have --format json: %q%s", got, list, schemaHelp)
	}
}

// TestSchemas validates what all commands write of many captures, and the same
// with each name misspelt, which must fail. Every name that a schema describes
// must be written by a run.
func TestSchemas(t *testing.T) {
	if testing.Short() {
		t.Skip("replays many captures")
	}
	seen := map[string]bool{}
	for _, r := range schemaRuns(t) {
		t.Run(strings.Join(r, " "), func(t *testing.T) {
			args := append(slices.Clone(r), "--format", "json")
			var out, errs bytes.Buffer
			if code := run(args, nil, &out, &errs); out.Len() == 0 {
				t.Fatalf("it wrote nothing; exit code %d: %s", code, errs.String())
			}
			if err := checkSchema(args, out.Bytes()); err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(&out)
			if err != nil {
				t.Fatal(err)
			}
			w := newWalker(t, args)
			for of := range w.names(doc) {
				seen[of] = true
			}
			doc = shortened(doc)
			if err := validate(args, doc); err != nil {
				t.Fatal("with shorter lists: ", err)
			}
			for of, p := range w.names(doc) {
				p.rename(func() {
					if validate(args, doc) == nil {
						t.Errorf("%s may be called otherwise: the schema does not notice", of)
					}
				})
			}
		})
	}
	for name, why := range neverWritten {
		if seen[name] {
			t.Errorf("%s is written, though it is said that it is not: %s", name, why)
		}
		seen[name] = true
	}
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(described(t))) {
		if !seen[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		t.Errorf("no run writes these, which a schema describes: add a run to schemaRuns, or remove the names\n%s", strings.Join(missing, "\n"))
	}
}

// What has one name among $defs is the same everywhere, and a name is of one
// kind in all documents. A number of what is a list elsewhere is no other
// kind.
func TestSchemasAgree(t *testing.T) {
	defs, kinds := map[string]string{}, map[string]map[string][]string{}
	note := func(of string, p *part) {
		for name, s := range p.Properties {
			kind := s.kind()
			if kind == "" {
				continue
			}
			if kinds[name] == nil {
				kinds[name] = map[string][]string{}
			}
			kinds[name][kind] = append(kinds[name][kind], of)
		}
	}
	for _, command := range schema.Commands() {
		root := parseSchema(t, command)
		note(command, root)
		for name, def := range root.Defs {
			note(command+"#"+name, def)
			text, err := json.Marshal(def)
			if err != nil {
				t.Fatal(err)
			}
			if before, ok := defs[name]; ok && before != string(text) {
				t.Errorf("$defs/%s of %s differs from that of another command:\n%s\n%s", name, command, text, before)
			}
			defs[name] = string(text)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		if why, known := severalKinds[name]; (len(kinds[name]) > 1) != known {
			t.Errorf("%s: kinds %v; a name stands for one kind of thing, or severalKinds says why not: %q", name, kinds[name], why)
		}
	}
}
