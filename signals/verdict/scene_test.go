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
//	JOB/INSTANCE SERIES VALUES…        a value a scrape, every 15 s
//	JOB/INSTANCE TYPE NAME WORD        a TYPE line
//	JOB/INSTANCE SCRAPES ok*9 fail gap how each scrape went; all are ok where none is said
//	yaml TEXT                          a line of capture.yaml
//	every DURATION                     between scrapes
//
// Of values, v*4 is four times v, 0+2*4 is 0 2 4 6, _ is none, and v@-90 has a
// timestamp of its own, 90 s before the scrape.
func scene(t *testing.T, text string) *capture.Capture {
	t.Helper()
	every := 15 * time.Second
	files, manifest := fstest.MapFS{}, ""
	bodies := map[string]map[int]string{}
	fate := map[string][]string{}
	var order []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		target, rest, _ := strings.Cut(line, " ")
		switch target {
		case "":
			continue
		case "yaml":
			manifest += rest + "\n"
			continue
		case "every":
			d, err := time.ParseDuration(rest)
			if err != nil {
				t.Fatal(err)
			}
			every = d
			continue
		}
		if bodies[target] == nil {
			bodies[target] = map[int]string{}
			order = append(order, target)
		}
		switch word, more, _ := strings.Cut(rest, " "); word {
		case "TYPE":
			for i := range 1000 {
				bodies[target][i] += "# TYPE " + more + "\n"
			}
		case "SCRAPES":
			fate[target] = values(t, more)
		default:
			split := strings.LastIndex(rest, "}") + 1
			split += strings.Index(rest[split:], " ")
			for i, v := range values(t, rest[split+1:]) {
				if v == "_" {
					bodies[target][i] += ""
					continue
				}
				own := ""
				if value, back, ok := strings.Cut(v, "@"); ok {
					s, err := strconv.Atoi(back)
					if err != nil {
						t.Fatal(err)
					}
					v, own = value, fmt.Sprintf(" %d", begin.Add(time.Duration(i)*every+time.Duration(s)*time.Second).UnixMilli())
				}
				bodies[target][i] += rest[:split] + " " + v + own + "\n"
				bodies[target][-1] = max(bodies[target][-1], fmt.Sprintf("%03d", i))
			}
			bodies[target][-1] = max(bodies[target][-1], fmt.Sprintf("%03d", len(values(t, rest[split+1:]))-1))
		}
	}
	for _, target := range order {
		n, _ := strconv.Atoi(bodies[target][-1])
		n = max(n+1, len(fate[target]))
		for i := range n {
			name := fmt.Sprintf("%s/%d", target, begin.Add(time.Duration(i)*every).UnixMilli())
			how := "ok"
			if i < len(fate[target]) {
				how = fate[target][i]
			}
			switch how {
			case "gap":
			case "fail":
				files[name+".err"] = &fstest.MapFile{Data: []byte("connection refused\n")}
			default:
				files[name+".prom"] = &fstest.MapFile{Data: []byte(bodies[target][i] + "present 1\n")}
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
		if !rises || start == "" {
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
