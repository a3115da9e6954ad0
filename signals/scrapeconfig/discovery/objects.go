package discovery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Objects are what is known of a cluster, as kubectl get -o json saved it. The
// zero value is an empty cluster of which nothing is known.
type Objects struct {
	pods       []*pod
	nodes      []*node
	services   []*service
	endpoints  []*endpoints
	slices     []*endpointSlice
	ingresses  []*ingress
	namespaces []*object
	owners     map[string]*object // ReplicaSets and Jobs, by kind/namespace/name
	at         map[string]int     // where an object stands in its list
	known      map[string]bool    // kinds of which a list, even an empty one, was read
}

// Kinds are the kinds of objects that were read, sorted.
func (o *Objects) Kinds() []string { return slices.Sorted(maps.Keys(o.known)) }

type meta struct {
	Name            string            `json:"name"`
	Namespace       string            `json:"namespace"`
	UID             string            `json:"uid"`
	Labels          map[string]string `json:"labels"`
	Annotations     map[string]string `json:"annotations"`
	OwnerReferences []struct {
		Kind       string `json:"kind"`
		Name       string `json:"name"`
		Controller *bool  `json:"controller"`
	} `json:"ownerReferences"`
}

// key is what an object is found by.
func (m *meta) key() string { return m.Namespace + "/" + m.Name }

// controller is the object that made this one, "" when none did.
func (m *meta) controller() (kind, name string, ok bool) {
	for _, r := range m.OwnerReferences {
		if r.Controller != nil && *r.Controller {
			return r.Kind, r.Name, true
		}
	}
	return "", "", false
}

type object struct {
	Meta meta `json:"metadata"`
}

type reference struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Read takes in what a file holds: objects of a cluster, or groups of targets
// as file_sd_configs takes them, which are returned. A name without an ending
// is read as what it shows itself to be.
func (o *Objects) Read(name string, data []byte) ([]Group, error) {
	trimmed := bytes.TrimLeft(data, " \t\r\n\ufeff")
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case len(trimmed) == 0:
		return nil, errors.New("it is empty")
	case trimmed[0] == '{':
		return nil, o.readObjects(trimmed)
	case ext == ".json" || trimmed[0] == '[' && ext != ".yml" && ext != ".yaml":
		return readGroups(name, data, true)
	}
	groups, err := readGroups(name, data, false)
	if err != nil && (bytes.Contains(data, []byte("\nkind:")) || bytes.HasPrefix(data, []byte("kind:"))) {
		return nil, errors.New("it is YAML of Kubernetes: save it with kubectl get -o json")
	}
	return groups, err
}

// readObjects reads JSON objects that follow one another, lists or single ones.
func (o *Objects) readObjects(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fmt.Errorf("it is cut off or no JSON: %w", err)
		}
		var list struct {
			Kind  string            `json:"kind"`
			Items []json.RawMessage `json:"items"`
		}
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
		kind, isList := strings.CutSuffix(list.Kind, "List")
		if !isList {
			if err := o.add(list.Kind, raw); err != nil {
				return err
			}
			continue
		}
		o.know(kind)
		for i, item := range list.Items {
			var of struct {
				Kind string `json:"kind"`
			}
			if err := json.Unmarshal(item, &of); err != nil {
				return fmt.Errorf("item %d: %w", i+1, err)
			}
			if of.Kind == "" {
				of.Kind = kind // items of a typed list say it once
			}
			if err := o.add(of.Kind, item); err != nil {
				return fmt.Errorf("item %d: %w", i+1, err)
			}
		}
	}
	return nil
}

func (o *Objects) know(kind string) {
	if kind == "" {
		return // a list of anything
	}
	if o.known == nil {
		o.known, o.owners, o.at = map[string]bool{}, map[string]*object{}, map[string]int{}
	}
	o.known[kind] = true
}

func (o *Objects) add(kind string, raw []byte) (err error) {
	o.know(kind)
	switch kind {
	case "Pod":
		o.pods, err = into(o, kind, o.pods, raw, func(p *pod) *meta { return &p.Meta })
	case "Node":
		o.nodes, err = into(o, kind, o.nodes, raw, func(n *node) *meta { return &n.Meta })
	case "Service":
		o.services, err = into(o, kind, o.services, raw, func(s *service) *meta { return &s.Meta })
	case "Endpoints":
		o.endpoints, err = into(o, kind, o.endpoints, raw, func(e *endpoints) *meta { return &e.Meta })
	case "EndpointSlice":
		o.slices, err = into(o, kind, o.slices, raw, func(e *endpointSlice) *meta { return &e.Meta })
	case "Ingress":
		o.ingresses, err = into(o, kind, o.ingresses, raw, func(i *ingress) *meta { return &i.Meta })
	case "Namespace":
		o.namespaces, err = into(o, kind, o.namespaces, raw, func(n *object) *meta { return &n.Meta })
	case "ReplicaSet", "Job":
		one := &object{}
		if err = json.Unmarshal(raw, one); err == nil {
			o.owners[kind+"/"+one.Meta.key()] = one
		}
	case "":
		return errors.New("it has no kind: it is neither an object of Kubernetes nor a list of targets")
	}
	return err
}

// into adds an object to those of its kind; a later one of the same name takes
// the place of an earlier one.
func into[T any](o *Objects, kind string, list []*T, raw []byte, of func(*T) *meta) ([]*T, error) {
	one := new(T)
	if err := json.Unmarshal(raw, one); err != nil {
		return list, err
	}
	key := kind + "/" + of(one).key()
	if i, ok := o.at[key]; ok {
		list[i] = one
		return list, nil
	}
	o.at[key] = len(list)
	return append(list, one), nil
}
