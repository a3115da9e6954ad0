// Package packs holds what is worth watching on a component, as data: its
// golden signals, each a PromQL expression with thresholds and their reasons,
// and its alerting rules.
//
// A pack is a YAML file. All returns those that come with scrapebook, Load
// reads another. Evaluate asks the signals of the packs that apply to a
// capture; Groups gives their rules to a replay. The format, by example, is
// that of Load.
package packs

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Pack is what is worth watching on a component.
type Pack struct {
	Name  string
	Title string // a few words; the name when the file has none
	File  string // as error messages and results name it
	// When are the metrics that a target must have had, all of them, to be one
	// of the component's: names, or selectors such as a_metric{label!=""}, or
	// some of these with `or` between them, of which one is enough.
	When []string
	// General packs, such as go, leave targets to the packs that are more
	// special.
	General    bool
	Parameters map[string]Parameter // by name
	Signals    []Signal             // as in the file

	text       []byte
	from, upTo int // the lines of the rules, from 1, both included; 0: none
}

// Parameter is a number, or by default an expression, that the expressions
// and the rules of a pack leave open.
type Parameter struct {
	Help    string
	Default string // PromQL
}

// Concern is one of the four golden signals.
type Concern string

// The concerns, in the order in which they are shown.
const (
	Latency    Concern = "latency"
	Traffic    Concern = "traffic"
	Errors     Concern = "errors"
	Saturation Concern = "saturation"
)

// Concerns returns the four, in the order in which they are shown.
func Concerns() []Concern { return []Concern{Latency, Traffic, Errors, Saturation} }

// Unit says what a signal's values are in.
type Unit string

// The units.
const (
	Seconds        Unit = "seconds"
	Bytes          Unit = "bytes"
	Ratio          Unit = "ratio" // 0 to 1
	Count          Unit = "count"
	Cores          Unit = "cores" // CPU seconds per second
	PerSecond      Unit = "per-second"
	BytesPerSecond Unit = "bytes-per-second"
)

// Direction says which values of a signal are good ones.
type Direction string

// The directions. Steady values are neither good nor bad by themselves.
const (
	Low    Direction = "low"
	High   Direction = "high"
	Steady Direction = "steady"
)

// Signal is one thing worth watching.
type Signal struct {
	Name     string
	Title    string
	Concern  Concern
	Headline bool // the one that stands for its concern
	Unit     Unit
	Good     Direction
	Exprs    []Expr // the first one whose If a target has is the target's
	Warn     *float64
	Bad      *float64 // beyond it, on the side that is not Good, a value is bad
	Reason   string   // of the thresholds
	Next     string   // what to look at when it is not good
	Line     int      // in the pack's file
}

// Expr is one way to ask for a signal.
type Expr struct {
	If   []string // metrics or selectors that the target must have had
	Expr string   // PromQL, with ${window}, ${by} and ${parameter} open
	// Life is asked when there is a single scrape, over which no rate has a
	// meaning: a value over the process' life. Without it, Expr is asked if it
	// looks at no range.
	Life string
}

//go:embed *.yml
var files embed.FS

// order is that of All.
var order = []string{"kube-proxy", "kube-apiserver", "etcd", "node", "go"}

// All returns the packs that come with scrapebook, from the most special to
// the most general. They are the caller's to read only.
func All() ([]*Pack, error) {
	list, err := shipped()
	return slices.Clone(list), err
}

var shipped = sync.OnceValues(func() ([]*Pack, error) {
	var list []*Pack
	for _, name := range order {
		text, err := files.ReadFile(name + ".yml")
		if err != nil {
			return nil, err
		}
		p, errs := Load("pack:"+name+".yml", text)
		if len(errs) > 0 {
			return nil, errors.Join(errs...)
		}
		list = append(list, p)
	}
	return list, nil
})

// Find returns the shipped pack of a name.
func Find(name string) (*Pack, error) {
	all, err := All()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range all {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if n := similar(name, names); n != "" {
		return nil, fmt.Errorf("there is no pack %q: did you mean %s?", name, n)
	}
	return nil, fmt.Errorf("there is no pack %q: there are %s", name, strings.Join(names, ", "))
}
