package verdict_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// begin is when the captures of scenes begin.
var begin = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// A scene is a made-up capture, a line a target's series:
//
//	JOB/INSTANCE SERIES VALUES…        a value a scrape
//	JOB/INSTANCE TYPE NAME WORD        a TYPE line
//	JOB/INSTANCE SCRAPES ok*9 fail gap how each scrape went; all are ok where none is said
//	JOB/INSTANCE FROM DURATION         its first scrape, after begin
//	JOB/INSTANCE EVERY DURATION        between its scrapes, 15 s if not said
//	yaml TEXT                          a line of capture.yaml
//
// Of values, v*4 is four times v, 0+2*4 is 0 2 4 6, _ is none, and v@-90 has a
// timestamp of its own, 90 s before the scrape.
type sceneTarget struct {
	from, every time.Duration
	types       string
	fate        []string
	bodies      []string
}

// set adds a line to the body at an index.
func (s *sceneTarget) set(i int, line string) {
	for len(s.bodies) <= i {
		s.bodies = append(s.bodies, "")
	}
	s.bodies[i] += line
}

func scene(t *testing.T, text string) *capture.Capture {
	t.Helper()
	files, manifest := fstest.MapFS{}, ""
	targets := map[string]*sceneTarget{}
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		if name == "yaml" {
			manifest += rest + "\n"
			continue
		}
		if name == "" {
			continue
		}
		s := targets[name]
		if s == nil {
			s = &sceneTarget{every: 15 * time.Second}
			targets[name] = s
		}
		s.line(t, rest)
	}
	for name, s := range targets {
		for i := range max(len(s.bodies), len(s.fate)) {
			file := fmt.Sprintf("%s/%d", name, s.at(i).UnixMilli())
			how, body := "ok", ""
			if i < len(s.fate) {
				how = s.fate[i]
			}
			if i < len(s.bodies) {
				body = s.bodies[i]
			}
			switch how {
			case "gap":
			case "fail":
				files[file+".err"] = &fstest.MapFile{Data: []byte("connection refused\n")}
			default:
				files[file+".prom"] = &fstest.MapFile{Data: []byte(s.types + body + "# TYPE present untyped\npresent 1\n")}
			}
		}
	}
	if manifest != "" {
		files["capture.yaml"] = &fstest.MapFile{Data: []byte(manifest)}
	}
	c, err := capture.Open(files, "scene", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *sceneTarget) at(i int) time.Time { return begin.Add(s.from + time.Duration(i)*s.every) }

// line reads what a line says of its target.
func (s *sceneTarget) line(t *testing.T, rest string) {
	t.Helper()
	duration := func(text string) time.Duration {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	switch word, more, _ := strings.Cut(rest, " "); word {
	case "TYPE":
		s.types += "# TYPE " + more + "\n"
	case "SCRAPES":
		s.fate = values(t, more)
	case "FROM":
		s.from = duration(more)
	case "EVERY":
		s.every = duration(more)
	default:
		series := rest[:strings.LastIndex(rest, "}")+1]
		series += word[min(len(word), len(series)):]
		for i, v := range values(t, rest[len(series):]) {
			value, back, own := strings.Cut(v, "@")
			switch {
			case v == "_":
				s.set(i, "")
			case own:
				s.set(i, fmt.Sprintf("%s %s %d\n", series, value, s.at(i).Add(duration(back+"s")).UnixMilli()))
			default:
				s.set(i, series+" "+v+"\n")
			}
		}
	}
}

// values are those of a line, written out.
func values(t *testing.T, text string) []string {
	t.Helper()
	var out []string
	for _, word := range strings.Fields(text) {
		value, times, repeated := strings.Cut(word, "*")
		n := 1
		if repeated {
			var err error
			if n, err = strconv.Atoi(times); err != nil {
				t.Fatal(err)
			}
		}
		start, step, rises := strings.Cut(value, "+")
		if !rises || strings.HasSuffix(start, "e") {
			for range n {
				out = append(out, value)
			}
			continue
		}
		a, err1 := strconv.ParseFloat(start, 64)
		b, err2 := strconv.ParseFloat(step, 64)
		if err1 != nil || err2 != nil {
			t.Fatalf("%q is no start and step", value)
		}
		for i := range n {
			out = append(out, strconv.FormatFloat(a+float64(i)*b, 'g', -1, 64))
		}
	}
	return out
}

// groupsOf reads rules: a rule a line in flow style, or a whole file.
func groupsOf(t *testing.T, text string) []*rules.Group {
	t.Helper()
	if !strings.Contains(text, "groups:") {
		var b strings.Builder
		b.WriteString("groups:\n- name: g\n  rules:\n")
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				b.WriteString("  - {" + line + "}\n")
			}
		}
		text = b.String()
	}
	groups, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{})
	if errs != nil {
		t.Fatal(errs)
	}
	return groups
}

// whyOf replays a scene and returns the findings of its rules.
func whyOf(t *testing.T, scenery, text string) *verdict.Result {
	t.Helper()
	res, err := verdict.Run(context.Background(), replay.Options{Capture: scene(t, scenery), Groups: groupsOf(t, text)})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// A row is one rule over one scene.
type row struct {
	name, reason string
	scene        string
	rule         string   // the one that is judged comes first
	want         string   // the deciding id; "" for none
	says         []string // what the deciding text holds
	also, not    []string // ids that are there, and that are not
}

func check(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if r.reason == "" {
				t.Fatal("a row without a reason")
			}
			why := whyOf(t, r.scene, r.rule).Why[0]
			var ids []string
			for _, f := range why {
				ids = append(ids, f.ID)
			}
			t.Logf("%v", ids)
			if len(why) == 0 {
				if r.want != "" {
					t.Fatalf("no finding, want %s: %s", r.want, r.reason)
				}
				return
			}
			if why[0].ID != r.want {
				t.Fatalf("%s, want %s: %s\n%s", ids, r.want, r.reason, why[0].Text)
			}
			for _, s := range r.says {
				if !strings.Contains(why[0].Text, s) {
					t.Errorf("%q is not in %q: %s", s, why[0].Text, r.reason)
				}
			}
			for _, id := range r.also {
				if !contains(ids, id) {
					t.Errorf("no %s in %s: %s", id, ids, r.reason)
				}
			}
			for _, id := range r.not {
				if contains(ids, id) {
					t.Errorf("%s in %s: %s", id, ids, r.reason)
				}
			}
		})
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
