package manifest

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"go.yaml.in/yaml/v3"
)

// An Incident is capture.Incident.
type Incident struct {
	Name            string
	From, To        time.Time
	Targets, Alerts []string
	File            string
	Line            int
}

var incidentKeys = []string{"name", "from", "to", "targets", "alerts"}

// incidents reads the list of that name.
func (p *manifestParser) incidents(v *yaml.Node) (list []Incident) {
	names := map[string]bool{}
	for _, n := range p.list(v, "incidents") {
		in := Incident{File: p.file, Line: n.Line}
		begins := false
		p.mapping(n, "an incident", incidentKeys, func(key string, _, v *yaml.Node) {
			switch key {
			case "name":
				in.Name = p.text(v, key)
			case "from":
				in.From, begins = p.time(v, key), true
			case "to":
				in.To = p.time(v, key)
			case "targets":
				in.Targets = p.texts(v, key)
			case "alerts":
				in.Alerts = p.texts(v, key)
			}
		})
		switch {
		case follow(n).Kind != yaml.MappingNode: // said already
		case in.Name == "":
			p.fail(n, "an incident needs a name")
		case names[in.Name]:
			p.fail(n, "there are two incidents %s", message.Show(in.Name))
		case !begins:
			p.fail(n, "the incident %s needs from, the time at which it began", message.Show(in.Name))
		case !in.To.IsZero() && in.To.Before(in.From):
			p.fail(n, "the incident %s ends before it begins", message.Show(in.Name))
		}
		names[in.Name] = true
		list = append(list, in)
	}
	return list
}

func (p *manifestParser) time(n *yaml.Node, what string) time.Time {
	ms, _, ok := clock.Parse(p.text(n, what))
	if !ok {
		p.fail(n, "%s must be a time: %s", what, clock.Forms)
	}
	return time.UnixMilli(ms).UTC()
}

func (p *manifestParser) list(n *yaml.Node, what string) []*yaml.Node {
	n = follow(n)
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
	case n.Kind != yaml.SequenceNode:
		p.fail(n, "%s must be a list", what)
	default:
		return n.Content
	}
	return nil
}

func (p *manifestParser) texts(n *yaml.Node, what string) (list []string) {
	for _, v := range p.list(n, what) {
		list = append(list, p.text(v, "one of "+what))
	}
	return list
}

// ParseIncidents reads a file that has the key `incidents` alone.
func ParseIncidents(file string, data []byte) ([]Incident, []*Mistake) {
	p := &manifestParser{file: file}
	var doc yaml.Node
	err := yaml.NewDecoder(strings.NewReader(string(data))).Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, []*Mistake{{File: file, Message: "there are no incidents: write a list of them below the key incidents"}}
	}
	if err != nil {
		return nil, []*Mistake{p.syntax(err)}
	}
	list := []Incident{}
	p.mapping(doc.Content[0], file, []string{"incidents"}, func(_ string, _, v *yaml.Node) {
		list = append(list, p.incidents(v)...)
	})
	return list, p.errs
}
