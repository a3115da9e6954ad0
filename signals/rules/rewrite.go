package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v3"
)

// A Rewrite is a rule as it stands in a file, and as it should stand there.
type Rewrite struct{ Was, Now *Rule }

// Rewritten returns a rule file, or a file of PrometheusRules, in which some
// rules are replaced: their expression, their `for`, and labels that became
// annotations. Comments and everything else stay as they are, except for white
// space. It is an error when a rule is not in the file, or the file is no YAML.
func Rewritten(data []byte, list []Rewrite) ([]byte, error) {
	var docs []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		doc := new(yaml.Node)
		err := dec.Decode(doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	for _, rw := range list {
		found := false
		for _, doc := range docs {
			found = found || rewrite(doc, rw, 0)
		}
		if !found {
			return nil, fmt.Errorf("%s is not where it can be rewritten (line %d)", rw.Was.Name(), rw.Was.Line)
		}
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	for _, doc := range docs {
		if err := enc.Encode(doc); err != nil {
			return nil, err
		}
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// maxNested bounds how deep rules are looked for; files have them at 6 or so.
const maxNested = 30

// rewrite looks for a rule below a node and writes it anew.
func rewrite(n *yaml.Node, rw Rewrite, depth int) bool {
	if depth > maxNested {
		return false
	}
	if n.Kind == yaml.MappingNode && n.Line == rw.Was.Line && n.Content != nil {
		name := entry(n, "alert")
		if rw.Was.Record != "" {
			name = entry(n, "record")
		}
		if expr := entry(n, "expr"); name != nil && expr != nil && name.Value == rw.Was.Name() {
			rewriteRule(n, expr, rw)
			return true
		}
	}
	for _, k := range n.Content {
		if rewrite(k, rw, depth+1) {
			return true
		}
	}
	return false
}

func entry(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// put sets a field of a mapping, which may lack it.
func put(n *yaml.Node, name, value string) {
	if v := entry(n, name); v != nil {
		*v = *scalar(value, v)
		return
	}
	n.Content = append(n.Content, scalar(name, &yaml.Node{}), scalar(value, &yaml.Node{}))
}

// scalar is a text with the comments of the node in whose place it comes.
func scalar(value string, was *yaml.Node) *yaml.Node {
	v := &yaml.Node{HeadComment: was.HeadComment, LineComment: was.LineComment, FootComment: was.FootComment}
	v.SetString(value)
	if !strings.Contains(value, "\n") && was.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		v.Style = was.Style
	}
	return v
}

func rewriteRule(n, expr *yaml.Node, rw Rewrite) {
	if rw.Now.Expr != rw.Was.Expr {
		*expr = *scalar(rw.Now.Expr, expr)
	}
	if rw.Now.For != rw.Was.For {
		put(n, "for", model.Duration(rw.Now.For).String())
	}
	given := entry(n, "labels")
	if given == nil {
		return
	}
	rw.Was.Labels.Range(func(l labels.Label) {
		if rw.Now.Labels.Has(l.Name) {
			return
		}
		for i := 0; i+1 < len(given.Content); i += 2 {
			if given.Content[i].Value != l.Name {
				continue
			}
			given.Content = append(given.Content[:i], given.Content[i+2:]...)
			notes := entry(n, "annotations")
			if notes == nil || notes.Kind != yaml.MappingNode {
				notes = &yaml.Node{Kind: yaml.MappingNode}
				n.Content = append(n.Content, scalar("annotations", &yaml.Node{}), notes)
			}
			if entry(notes, l.Name) == nil {
				put(notes, l.Name, l.Value)
			}
			return
		}
	})
}
