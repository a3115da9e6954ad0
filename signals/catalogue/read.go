package catalogue

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	maxLine    = 64 << 10
	maxList    = 32 << 20
	maxSources = 60
	maxErrors  = 100
)

// Read reads a list in the form that the package's documentation describes.
// The error joins a [*SyntaxError] for each of the first hundred lines that
// cannot be read, or is that of src; the other lines are in the Catalogue,
// which is nil when the software or the versions are not told.
func Read(src io.Reader, file string) (*Catalogue, error) {
	r := &reader{c: &Catalogue{}, lines: map[string]*lines{}}
	limited := &io.LimitedReader{R: src, N: maxList + 1}
	scan := bufio.NewScanner(limited)
	scan.Buffer(make([]byte, 0, 4096), maxLine)
	var errs []error
	fail := func(line, column int, err error) {
		if len(errs) < maxErrors {
			errs = append(errs, &SyntaxError{File: file, Line: line, Column: column, Err: err})
		}
	}
	n := 0
	for scan.Scan() {
		n++
		line := strings.TrimSuffix(scan.Text(), "\r")
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if p := r.line(line, n); p != nil {
			fail(n, p.column, p.err)
			if r.c.Versions == nil {
				return nil, errors.Join(errs...) // without them no line means anything
			}
		}
	}
	switch err := scan.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		fail(n+1, 1, fmt.Errorf("the line has more than %d bytes", maxLine-1))
	case err != nil:
		errs = append(errs, err)
	case limited.N == 0:
		fail(n, 1, fmt.Errorf("the list has more than %d bytes", maxList))
	case r.c.Versions == nil:
		fail(n+1, 1, r.expected())
	}
	if r.c.Versions == nil {
		return nil, errors.Join(errs...)
	}
	r.finish()
	return r.c, errors.Join(errs...)
}

// SyntaxError is a line of a list that cannot be read.
type SyntaxError struct {
	File         string // as given to Read
	Line, Column int    // from 1; the column counts bytes
	Err          error
}

// Error returns file:line:column: what is wrong.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Err)
}

func (e *SyntaxError) Unwrap() error { return e.Err }

type reader struct {
	c     *Catalogue
	lines map[string]*lines // by metric
}

// lines are those of a metric.
type lines struct {
	facts []*fact
	at    []int // their lines
}

func (r *reader) expected() error {
	if r.c.Software == "" {
		return errors.New("a list begins with the line: software NAME")
	}
	return errors.New("the second line of a list is: versions 1.0..1.3,2.0")
}

func (r *reader) line(line string, n int) *problem {
	f, bad := fields(line)
	if bad != nil || len(f) == 0 {
		return bad
	}
	first := f[0].text
	switch {
	case r.c.Software == "" && first != "software" || r.c.Software != "" && r.c.Versions == nil && first != "versions":
		return &problem{f[0].column, r.expected()}
	case first == "software":
		return r.software(f)
	case first == "versions":
		return r.versions(f)
	case first == "source":
		return r.source(f)
	case first == "listed":
		return r.listed(f)
	}
	return r.fact(f, n)
}

// has checks how many fields there are; of more, the first too many is shown.
func has(f []token, want int, form string) *problem {
	switch {
	case len(f) > want:
		return &problem{f[want].column, fmt.Errorf("%s: too much; the line is: %s", quoted(f[want].text), form)}
	case len(f) < want:
		last := f[len(f)-1]
		return &problem{last.column + len(last.text), fmt.Errorf("something is missing; the line is: %s", form)}
	}
	return nil
}

func (r *reader) software(f []token) *problem {
	if bad := has(f, 2, "software NAME"); bad != nil {
		return bad
	}
	if r.c.Software != "" {
		return &problem{f[0].column, errors.New("a list speaks of one software; this is its second")}
	}
	name, bad := f[1].value()
	if bad == nil && name == "" {
		return &problem{f[1].column, errors.New("the software needs a name")}
	}
	r.c.Software = name
	return bad
}

func (r *reader) versions(f []token) *problem {
	if bad := has(f, 2, "versions 1.0..1.3,2.0"); bad != nil {
		return bad
	}
	if r.c.Versions != nil {
		return &problem{f[0].column, errors.New("the versions stand in an earlier line already")}
	}
	var list []string
	seen := map[string]bool{}
	for _, item := range f[1].split(",") {
		var bad error
		err := expand(item.text, func(v string) bool {
			switch {
			case !isVersion(v):
				bad = fmt.Errorf("%s is no version: it has letters, digits and . - + _", quoted(v))
			case seen[v]:
				bad = fmt.Errorf("the version %s stands here twice", v)
			case len(list) == maxVersions:
				bad = fmt.Errorf("more than %d versions", maxVersions)
			default:
				seen[v] = true
				list = append(list, v)
				return true
			}
			return false
		})
		if err = errors.Join(err, bad); err != nil {
			return &problem{item.column, err}
		}
	}
	r.c.Versions = list
	return nil
}

func isVersion(v string) bool {
	for i := range len(v) {
		switch c := v[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', strings.IndexByte(".-+_", c) >= 0:
		default:
			return false
		}
	}
	return v != "" && v != "-" && v[0] != '.' && v[len(v)-1] != '.' && !strings.Contains(v, "..")
}

func (r *reader) source(f []token) *problem {
	if bad := has(f, 3, `source ID "where it is from"`); bad != nil {
		return bad
	}
	var v [2]string
	for i := range v {
		var bad *problem
		if v[i], bad = f[i+1].value(); bad != nil {
			return bad
		}
	}
	switch {
	case v[0] == "":
		return &problem{f[1].column, errors.New("a source needs a short name")}
	case slices.ContainsFunc(r.c.Sources, func(s Source) bool { return s.ID == v[0] }):
		return &problem{f[1].column, fmt.Errorf("there is a source %s already", quoted(v[0]))}
	case len(r.c.Sources) == maxSources:
		return &problem{f[0].column, fmt.Errorf("more than %d sources", maxSources)}
	}
	r.c.Sources = append(r.c.Sources, Source{v[0], v[1]})
	return nil
}

func (r *reader) listed(f []token) *problem {
	const form = "listed 1.0..1.3,2.0 from=SOURCE"
	var from string
	if len(f) == 3 {
		key, value, _ := f[2].cut("=")
		if key.text != "from" {
			return &problem{key.column, fmt.Errorf("%s: the line is: %s", quoted(key.text), form)}
		}
		ids, bad := names(value)
		if bad == nil {
			bad = r.known(ids, value)
		}
		if bad == nil && len(ids) > 1 {
			bad = &problem{value.column, errors.New("a list has one source")}
		}
		if bad != nil {
			return bad
		}
		from, f = ids[0], f[:2]
	}
	if bad := has(f, 2, form); bad != nil {
		return bad
	}
	s, bad := r.set(f[1])
	if bad == nil {
		r.c.addList(s, from)
	}
	return bad
}

func (c *Catalogue) addList(in set, from string) {
	for i := range c.lists {
		if c.lists[i].from == from {
			c.lists[i].in.union(in)
			return
		}
	}
	c.lists = append(c.lists, listed{in, from})
}

func (r *reader) set(t token) (set, *problem) {
	var s set
	for _, item := range t.split(",") {
		one, err := r.c.span(item.text)
		if err != nil {
			return nil, &problem{item.column, err}
		}
		s.union(one)
	}
	return s, nil
}

// finish sorts what was read.
func (r *reader) finish() {
	for name, l := range r.lines {
		r.c.metrics = append(r.c.metrics, &metric{name, l.facts})
	}
	r.c.sort()
}

func (c *Catalogue) sort() {
	slices.SortFunc(c.metrics, func(a, b *metric) int { return strings.Compare(a.name, b.name) })
	for _, m := range c.metrics {
		slices.SortFunc(m.facts, func(a, b *fact) int { return a.in.first() - b.in.first() })
	}
}
