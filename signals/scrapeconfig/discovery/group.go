package discovery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/prometheus/common/model"
	yamlv2 "go.yaml.in/yaml/v2"
)

// Group is a set of targets with labels that they share.
type Group struct {
	Targets []model.LabelSet // __address__ and what is a target's own
	Labels  model.LabelSet
	Source  string // of what it was made, for people; may be empty
}

// UnmarshalYAML reads an item of static_configs or of a file.
func (g *Group) UnmarshalYAML(unmarshal func(any) error) error {
	var in struct {
		Targets []string       `yaml:"targets"`
		Labels  model.LabelSet `yaml:"labels"`
	}
	if err := unmarshal(&in); err != nil {
		return err
	}
	g.set(in.Targets, in.Labels)
	return nil
}

// UnmarshalJSON reads an item of a file.
func (g *Group) UnmarshalJSON(data []byte) error {
	var in struct {
		Targets []string       `json:"targets"`
		Labels  model.LabelSet `json:"labels"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return err
	}
	g.set(in.Targets, in.Labels)
	return nil
}

func (g *Group) set(targets []string, labels model.LabelSet) {
	g.Labels = labels
	for _, t := range targets {
		g.Targets = append(g.Targets, model.LabelSet{model.AddressLabel: model.LabelValue(t)})
	}
}

// Files is an item of file_sd_configs.
type Files struct {
	Files           []string       `yaml:"files"`
	RefreshInterval model.Duration `yaml:"refresh_interval"`
}

var filePattern = regexp.MustCompile(`^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$`)

// UnmarshalYAML reads and checks the item.
func (f *Files) UnmarshalYAML(unmarshal func(any) error) error {
	type plain Files
	if err := unmarshal((*plain)(f)); err != nil {
		return err
	}
	if len(f.Files) == 0 {
		return errors.New("file_sd_configs without files")
	}
	for _, name := range f.Files {
		if !filePattern.MatchString(name) {
			return fmt.Errorf("%q is no file for discovery: it ends in .json, .yml or .yaml, and may have a * in its last part", name)
		}
	}
	return nil
}

// filePath is the label that says which file a target is from.
const filePath = model.MetaLabelPrefix + "filepath"

// File is the name of the file that a group was read from, "" if it was none.
func (g *Group) File() string { return string(g.Labels[filePath]) }

// ReadFile reads a file for file_sd_configs as a server does, by the ending of
// its name.
func ReadFile(name string, data []byte) ([]Group, error) {
	return readGroups(name, data, strings.EqualFold(path.Ext(name), ".json"))
}

// readGroups reads a file for file_sd_configs.
func readGroups(name string, data []byte, isJSON bool) ([]Group, error) {
	var list []*Group
	var err error
	if isJSON {
		err = json.Unmarshal(data, &list)
	} else {
		err = yamlv2.UnmarshalStrict(data, &list)
	}
	if err != nil {
		return nil, err
	}
	var groups []Group
	for i, g := range list {
		if g == nil {
			return nil, fmt.Errorf("group %d is empty", i+1)
		}
		if g.Labels == nil {
			g.Labels = model.LabelSet{}
		}
		g.Labels[filePath] = model.LabelValue(name)
		g.Source = fmt.Sprintf("%s:%d", name, i)
		groups = append(groups, *g)
	}
	return groups, nil
}
