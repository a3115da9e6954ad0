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
	// Scrapes are all that the file has, in its order, when they are of several
	// targets; nothing of the above is said then.
	Scrapes []FileScrape
}

// FileScrape is what `files` says of one scrape of a file.
type FileScrape struct {
	Job, Instance, MetricsPath string
	Time                       int64
}

// frozenFile reads what stands under `files`.
func (p *manifestParser) frozenFile(m *Manifest, name string, v *yaml.Node) {
	f := &File{}
	clock := func(n *yaml.Node) { f.Times = append(f.Times, p.fileTime(n)) }
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
		case "scrapes":
			list := follow(v)
			if list.Kind != yaml.SequenceNode {
				p.fail(v, "scrapes must be a list")
			}
			for _, n := range list.Content {
				f.Scrapes = append(f.Scrapes, p.fileScrape(n))
			}
		}
	})
	if len(f.Scrapes) > 0 && (f.Job != "" || f.Instance != "" || f.MetricsPath != "" || len(f.Times) > 0) {
		p.fail(v, "scrapes say all of a file: beside them stands nothing but ignore")
	}
	m.files[strings.TrimPrefix(name, "./")] = f
	if name == "./" {
		m.files[name] = f
	}
}

var (
	fileKeys       = []string{"job", "instance", "metrics_path", "time", "times", "scrapes", "ignore"}
	fileScrapeKeys = []string{"job", "instance", "metrics_path", "time"}
)

// fileScrape reads one of the scrapes of a file.
func (p *manifestParser) fileScrape(n *yaml.Node) (s FileScrape) {
	timed := false
	p.mapping(n, "a scrape of a file", fileScrapeKeys, func(key string, _, v *yaml.Node) {
		switch key {
		case "job":
			s.Job = p.text(v, key)
		case "instance":
			s.Instance = p.text(v, key)
		case "metrics_path":
			s.MetricsPath = p.text(v, key)
		case "time":
			s.Time, timed = p.fileTime(v), true
		}
	})
	if s.Job == "" || s.Instance == "" || !timed {
		p.fail(n, "a scrape of a file needs job, instance and time")
	}
	return s
}

func (p *manifestParser) fileTime(n *yaml.Node) int64 {
	ms, _, ok := clock.Parse(p.text(n, "a time"))
	if !ok {
		p.fail(n, "a time must be %s", clock.Forms)
	}
	return ms
}

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
		if len(f.Scrapes) > 0 {
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for _, s := range f.Scrapes {
				one := targetNode(s.Job, s.Instance, s.MetricsPath)
				one.Content = append(one.Content, scalar("time"), plainScalar(clock.Format(s.Time)))
				list.Content = append(list.Content, one)
			}
			out.Content = append(out.Content, scalar(name), &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar("scrapes"), list}})
			continue
		}
		value := targetNode(f.Job, f.Instance, f.MetricsPath)
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

// targetNode says whose scrapes are.
func targetNode(job, instance, path string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	n.Content = append(n.Content, scalar("job"), scalar(job), scalar("instance"), scalar(instance))
	if path != "" {
		n.Content = append(n.Content, scalar("metrics_path"), scalar(path))
	}
	return n
}
