package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"
)

// otherThings are names that stand for other things in other commands' results,
// and why.
var otherThings = map[string]string{
	"problems": "those of a capture as a whole, or what check metrics finds in each of its files",
}

// TestOneNameOneNumber: what has one name, at one place, in the results of
// several commands has one value, when they are asked of one capture.
func TestOneNameOneNumber(t *testing.T) {
	t.Chdir(scriptFiles(t))
	together := map[string]bool{}
	for _, c := range []string{
		"demo:incident", "demo:etcd", "demo:client_golang-protobuf",
		"replay-assumed/c", "inspect-capture/c", "replay-prometheus2/c",
	} {
		type value struct{ of, text string }
		seen := map[string]value{}
		for _, verb := range [][]string{
			{"replay", c, "-e", "up == 0"}, {"explain", c, "-e", "up == 0"}, {"inspect", c}, {"signals", c},
			{"query", c, "up"}, {"diff", c, c}, {"check", "metrics", c},
		} {
			var out bytes.Buffer
			code := run(append(verb, "--format", "json"), nil, &out, io.Discard)
			var doc map[string]any
			if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
				if code == codeFailed {
					continue // as a query of a scrape without a time
				}
				t.Fatalf("%v: %v", verb, err)
			}
			for path, v := range flat(doc) {
				if old, ok := seen[path]; ok && old.of != verb[0] {
					together[path] = true
					if old.text != v {
						t.Errorf("%s: %s is %s of %s and %s of %s", c, path, old.text, old.of, v, verb[0])
					}
				}
				seen[path] = value{verb[0], v}
			}
		}
	}
	for _, path := range []string{"capture.samples", "capture.scrapes", "capture.failed_scrapes", "capture.targets", "targets.0.instance", "rules.0.evaluations"} {
		if !together[path] {
			t.Errorf("no two results have %s", path)
		}
	}
}

// flat are the values of a document by their places, but for what is
// left out on purpose.
func flat(doc map[string]any) map[string]string {
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, sub := range v {
				if path != "" {
					name = path + "." + name
				}
				if otherThings[name] == "" {
					walk(name, sub)
				}
			}
		case []any:
			for i, sub := range v {
				walk(fmt.Sprintf("%s.%d", path, i), sub)
			}
		default:
			out[path] = fmt.Sprint(v)
		}
	}
	walk("", doc)
	return out
}
