// Package manifest reads and writes capture.yaml.
package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
	"github.com/scrapebook/scrapebook/signals/internal/near"
	"go.yaml.in/yaml/v3"
)

// MaxSize bounds capture.yaml in bytes.
const MaxSize = 16 << 20

// maxMistakes bounds how many mistakes are told at once.
const maxMistakes = 20

var (
	settingKeys = slices.Concat([]string{"job", "labels", "interval", "honor_labels", "honor_timestamps", "track_timestamps_staleness", "relabel_configs", "metric_relabel_configs"},
		limitKeys[:], choiceKeys[:], textKeys[:])
	topKeys     = append(settingKeys[:len(settingKeys):len(settingKeys)], "jobs", "targets", "files", "incidents")
	relabelKeys = []string{"source_labels", "separator", "regex", "modulus", "target_label", "replacement", "action"}
)

// A Mistake is capture.ManifestError.
type Mistake struct {
	File         string
	Line, Column int
	Message      string
}

func (e *Mistake) String() string {
	s := e.File
	if e.Line > 0 {
		s += ":" + strconv.Itoa(e.Line)
	}
	if e.Line > 0 && e.Column > 0 {
		s += ":" + strconv.Itoa(e.Column)
	}
	return s + ": " + e.Message
}

// Read reads capture.yaml at the root of fsys.
func Read(fsys fs.FS) (*Manifest, []*Mistake) {
	f, err := fsys.Open(naming.ManifestName)
	if err != nil {
		return nil, []*Mistake{{File: naming.ManifestName, Message: "cannot read: " + message.Cause(err).Error()}}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, []*Mistake{{File: naming.ManifestName, Message: "cannot read: " + message.Cause(err).Error()}}
	}
	if len(data) > MaxSize {
		return nil, []*Mistake{{File: naming.ManifestName, Message: fmt.Sprintf("larger than %d bytes: this is no capture.yaml", MaxSize)}}
	}
	return Parse(naming.ManifestName, data)
}

// Parse reads settings.
func Parse(file string, data []byte) (*Manifest, []*Mistake) {
	p := &manifestParser{file: file}
	m := &Manifest{}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	var doc, second yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return m, nil
	case err != nil:
		return nil, []*Mistake{p.syntax(err)}
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, []*Mistake{p.syntax(err)}
		}
		p.fail(&second, "a second document; put all settings into one")
	}
	p.mapping(doc.Content[0], "capture.yaml", topKeys, func(key string, k, v *yaml.Node) {
		switch key {
		case "jobs":
			m.Jobs = p.section(v, "jobs")
		case "targets":
			m.Targets = p.section(v, "targets")
		case "incidents":
			m.Incidents = append([]Incident{}, p.incidents(v)...)
		case "files":
			m.files = map[string]*File{}
			p.mapping(v, key, nil, func(name string, _, v *yaml.Node) { p.frozenFile(m, name, v) })
		default:
			p.setting(&m.Top, key, v)
		}
	})
	if len(p.errs) > 0 {
		return nil, p.errs
	}
	m.Text = withoutFiles(data, &doc)
	return m, nil
}

// manifestParser collects the mistakes of one file.
type manifestParser struct {
	file string
	errs []*Mistake
}

func (p *manifestParser) fail(n *yaml.Node, format string, args ...any) {
	if len(p.errs) == maxMistakes {
		return
	}
	p.errs = append(p.errs, &Mistake{File: p.file, Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...)})
}

var yamlLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\s*)?(?:line (\d+): )?`)

// syntax makes an error of the YAML parser one of ours: that parser puts the
// line into the text.
func (p *manifestParser) syntax(err error) *Mistake {
	text := err.Error()
	at := yamlLine.FindStringSubmatchIndex(text)
	e := &Mistake{File: p.file, Message: "not YAML: " + text}
	if at != nil {
		e.Message = "not YAML: " + text[at[1]:]
		if at[2] >= 0 {
			e.Line, _ = strconv.Atoi(text[at[2]:at[3]])
		}
	}
	return e
}

// mapping calls f for each key that may stand there, and fails on all others
// and on repeated ones. With allowed nil every key may.
func (p *manifestParser) mapping(n *yaml.Node, what string, allowed []string, f func(key string, k, v *yaml.Node)) {
	n = follow(n)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.fail(n, "%s must be a mapping of keys to values", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		key := follow(k).Value
		switch {
		case follow(k).Kind != yaml.ScalarNode:
			p.fail(k, "a key of %s must be a plain word", what)
		case seen[key]:
			p.fail(k, "the key %s stands twice in %s", message.Show(key), what)
		case allowed != nil && !slices.Contains(allowed, key):
			p.unknown(k, key, what, allowed)
		default:
			f(key, k, v)
		}
		seen[key] = true
	}
}

func (p *manifestParser) unknown(k *yaml.Node, key, what string, allowed []string) {
	hint := "; the keys are " + strings.Join(allowed, ", ")
	if n := near.Word(key, allowed); n != "" {
		hint = "; did you mean " + n + "?"
	}
	p.fail(k, "unknown key %s in %s%s", message.Show(key), what, hint)
}

func (p *manifestParser) section(n *yaml.Node, what string) Section {
	s := Section{byName: map[string]*Settings{}, used: map[string]bool{}}
	p.mapping(n, what, nil, func(name string, _, v *yaml.Node) {
		set := &Settings{}
		p.mapping(v, what+": "+message.Show(name), settingKeys, func(key string, _, v *yaml.Node) { p.setting(set, key, v) })
		s.names = append(s.names, name)
		s.byName[name] = set
	})
	return s
}

// setting reads the value of one of settingKeys.
func (p *manifestParser) setting(s *Settings, key string, v *yaml.Node) {
	switch key {
	case "job":
		s.Job = p.text(v, key)
		if s.Job == "" {
			p.fail(v, "job must not be empty")
		}
	case "labels":
		s.Labels = map[string]string{}
		p.mapping(v, key, nil, func(name string, k, v *yaml.Node) {
			if !model.UTF8Validation.IsValidLabelName(name) || name == model.MetricNameLabel {
				p.fail(k, "%s cannot be the name of a target's label", message.Show(name))
			}
			s.Labels[name] = p.text(v, "the label "+message.Show(name))
		})
	case "interval":
		d, err := model.ParseDuration(p.text(v, key))
		if err != nil || d <= 0 {
			p.fail(v, "interval must be a duration above zero, such as 15s or 1m30s")
		}
		s.Interval = time.Duration(d)
	case "honor_labels":
		s.HonorLabels = p.choice(v, key)
	case "honor_timestamps":
		s.HonorTimestamps = p.choice(v, key)
	case "track_timestamps_staleness":
		s.TrackStaleness = p.choice(v, key)
	case "relabel_configs":
		s.Relabel = p.relabel(v, key)
	case "metric_relabel_configs":
		s.MetricRelabel = p.relabel(v, key)
	default:
		p.plain(s, key, v)
	}
}

// plain reads one of limitKeys, choiceKeys and textKeys.
func (p *manifestParser) plain(s *Settings, key string, v *yaml.Node) {
	if i := slices.Index(choiceKeys[:], key); i >= 0 {
		s.Choices[i] = p.choice(v, key)
		return
	}
	text := p.text(v, key)
	if i := slices.Index(textKeys[:], key); i >= 0 {
		if !slices.Contains(textValues[i], text) {
			p.fail(v, "%s must be one of %s", key, strings.Join(textValues[i], ", "))
		}
		s.Texts[i] = text
		return
	}
	i := slices.Index(limitKeys[:], key)
	n, err := strconv.ParseInt(text, 10, 32)
	if key == "body_size_limit" {
		n, err = parseSize(text)
	}
	if err != nil || n < 0 {
		what := "a whole number, 0 for none"
		if key == "body_size_limit" {
			what = "a size such as 10MB, 0 for none"
		}
		p.fail(v, "%s must be %s", key, what)
	}
	s.Limits[i] = &n
}

// parseSize reads a size as Prometheus does: a number and a unit, all units
// being powers of 1024; 0 needs none.
func parseSize(s string) (int64, error) {
	i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if i < 0 {
		i = len(s)
	}
	n, err := strconv.ParseFloat(s[:i], 64)
	shift := 0
	switch unit := strings.Replace(s[i:], "i", "", 1); {
	case unit == "B" || unit == "" && n == 0:
	case len(unit) == 2 && unit[1] == 'B' && strings.IndexByte("KMGTPE", unit[0]) >= 0:
		shift = 10 * (1 + strings.IndexByte("KMGTPE", unit[0]))
	default:
		return 0, errors.New("unknown unit")
	}
	if n *= float64(int64(1) << shift); err == nil && !(n < 1<<62) {
		err = strconv.ErrRange
	}
	return int64(n), err
}

// text reads a scalar as it is written: a label's value 1 or true is text.
func (p *manifestParser) text(n *yaml.Node, what string) string {
	v := follow(n)
	if v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
		p.fail(n, "%s must be a text", what)
		return ""
	}
	return v.Value
}

func (p *manifestParser) choice(n *yaml.Node, what string) choice {
	var b bool
	if v := follow(n); v.Kind != yaml.ScalarNode || v.Tag == "!!null" || v.Decode(&b) != nil {
		p.fail(n, "%s must be true or false", what)
	}
	if b {
		return Yes
	}
	return No
}

// relabel reads relabelling steps as Prometheus does.
func (p *manifestParser) relabel(n *yaml.Node, what string) *[]*relabel.Config {
	list := follow(n)
	out := &[]*relabel.Config{}
	if list.Kind != yaml.SequenceNode {
		p.fail(n, "%s must be a list", what)
		return out
	}
	for _, step := range list.Content {
		before := len(p.errs)
		p.mapping(step, "a step of "+what, relabelKeys, func(string, *yaml.Node, *yaml.Node) {})
		if len(p.errs) > before {
			continue
		}
		cfg := relabel.DefaultRelabelConfig
		if err := step.Decode(&cfg); err != nil {
			p.fail(step, "%s", strings.TrimPrefix(err.Error(), "yaml: "))
			continue
		}
		if err := cfg.Validate(model.UTF8Validation); err != nil {
			p.fail(step, "%v", err)
			continue
		}
		*out = append(*out, &cfg)
	}
	return out
}

// follow returns what an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

// withoutFiles is the text of a capture.yaml but for its key files.
func withoutFiles(data []byte, doc *yaml.Node) []byte {
	top := follow(doc.Content[0])
	if top.Kind != yaml.MappingNode {
		return data
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value != "files" {
			continue
		}
		if top.Content = slices.Delete(top.Content, i, i+2); len(top.Content) == 0 {
			return nil
		}
		text, err := yaml.Marshal(doc)
		if err != nil {
			return data
		}
		return text
	}
	return data
}
