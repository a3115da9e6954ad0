package manifest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
	"go.yaml.in/yaml/v3"
)

// File is what `files` says of a file, or of the canonical names in a folder.
type File struct {
	Job, Instance string
	MetricsPath   string  // what the label metrics_path is to be; "" is none
	Times         []int64 // of its scrapes, in the file's order
	Order         []int32 // which scrapes those are, while they are collected
	Ignore        string  // why it is ignored
}

// frozenFile reads what stands under `files`.
func (p *manifestParser) frozenFile(m *Manifest, name string, v *yaml.Node) {
	f := &File{}
	clock := func(n *yaml.Node) {
		ms, _, ok := clock.Parse(p.text(n, "a time"))
		if !ok {
			p.fail(n, "a time must be %s", clock.Forms)
		}
		f.Times = append(f.Times, ms)
	}
	p.mapping(v, "files: "+message.Show(name), fileKeys, func(key string, _, v *yaml.Node) {
		switch key {
		case "job":
			f.Job = p.text(v, key)
		case "instance":
			f.Instance = p.text(v, key)
		case "metrics_path":
			f.MetricsPath = p.text(v, key)
		case "ignore":
			f.Ignore = cmp.Or(p.text(v, key), "capture.yaml says so")
		case "time":
			clock(v)
		case "times":
			if list := follow(v); list.Kind == yaml.SequenceNode {
				for _, n := range list.Content {
					clock(n)
				}
				return
			}
			p.fail(v, "times must be a list")
		}
	})
	m.files[strings.TrimPrefix(name, "./")] = f
	if name == "./" {
		m.files[name] = f
	}
}

var fileKeys = []string{"job", "instance", "metrics_path", "time", "times", "ignore"}

// sort brings times into the file's order.
func (f *File) sort() {
	at := make([]int, len(f.Times))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Compare(f.Order[a], f.Order[b]) })
	times := make([]int64, len(at))
	for i, j := range at {
		times[i] = f.Times[j]
	}
	f.Times = times
}

func scalar(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

func plainScalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

// AppendFiles adds what is said of files to the text of a capture.yaml that
// says nothing of them.
func AppendFiles(text []byte, byFile map[string]*File) ([]byte, error) {
	files, err := filesNode(byFile)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if b.Write(bytes.TrimRight(text, "\n")); b.Len() > 0 {
		b.WriteByte('\n')
	}
	if len(files.Content) > 0 {
		enc := yaml.NewEncoder(&b)
		enc.SetIndent(2)
		top := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar("files"), files}}
		if err := enc.Encode(top); err != nil {
			return nil, err
		}
		if err := enc.Close(); err != nil {
			return nil, err
		}
	}
	if b.Len() > MaxSize {
		return nil, fmt.Errorf("%s would be larger than %d bytes: sort the files into folders JOB/INSTANCE instead", naming.ManifestName, MaxSize)
	}
	return b.Bytes(), nil
}

// filesNode is the value of `files`.
func filesNode(byFile map[string]*File) (*yaml.Node, error) {
	names := slices.Sorted(maps.Keys(byFile))
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range names {
		f := byFile[name]
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("%s cannot stand in %s, which is UTF-8: rename it", message.Show(name), naming.ManifestName)
		}
		value := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		value.Content = append(value.Content, scalar("job"), scalar(f.Job), scalar("instance"), scalar(f.Instance))
		if f.MetricsPath != "" {
			value.Content = append(value.Content, scalar("metrics_path"), scalar(f.MetricsPath))
		}
		f.sort()
		switch {
		case len(f.Times) == 1:
			value.Content = append(value.Content, scalar("time"), plainScalar(clock.Format(f.Times[0])))
		case len(f.Times) > 1:
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for _, ms := range f.Times {
				list.Content = append(list.Content, plainScalar(clock.Format(ms)))
			}
			value.Style = 0
			value.Content = append(value.Content, scalar("times"), list)
		}
		out.Content = append(out.Content, scalar(name), value)
	}
	return out, nil
}
