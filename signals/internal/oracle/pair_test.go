package oracle

import (
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// A pair is a capture and a rule file, to be replayed by us and lived through
// by upstream's server. Times are ms since the epoch.
type pair struct {
	Jobs    []pairJob
	Targets []pairTarget // by job, then instance
	// Rules are the texts of rule files, rules0.yml and so on.
	Rules        []string          `yaml:",omitempty"`
	External     map[string]string `yaml:",omitempty"`
	OnDamageFail bool              `yaml:",omitempty"`
	GapsFailed   bool              `yaml:",omitempty"` // every job then has an Interval
	Lookback     int64             `yaml:",omitempty"` // ms; 0: the default
	Interval     int64             `yaml:",omitempty"` // ms, of evaluations; 0: as the scrapes tell
	Phase        *int64            `yaml:",omitempty"` // ms, of the first instant; nil: half of the group's interval
	Features     []string          `yaml:",omitempty"` // of --enable-feature
	Queries      []pairQuery       `yaml:",omitempty"`
}

// A pairJob has keys of a scrape_config that capture.yaml knows by the same
// name.
type pairJob struct {
	Name     string
	Settings map[string]any `yaml:",omitempty"`
	Interval int64          `yaml:",omitempty"` // ms; 0: as the scrapes tell
	Removed  bool           `yaml:",omitempty"` // its targets are, after their last scrape
}

// manifest is what capture.yaml says of the job.
func (j *pairJob) manifest() map[string]any {
	m := maps.Clone(j.Settings)
	if m == nil {
		m = map[string]any{}
	}
	if j.Interval > 0 {
		m["interval"] = duration(j.Interval)
	}
	if j.Removed {
		m["ends"] = "removed"
	}
	return m
}

func duration(ms int64) string { return model.Duration(time.Duration(ms) * time.Millisecond).String() }

func (p *pair) job(name string) *pairJob {
	return &p.Jobs[slices.IndexFunc(p.Jobs, func(j pairJob) bool { return j.Name == name })]
}

type pairTarget struct {
	Job, Instance string
	Labels        map[string]string `yaml:",omitempty"`
	Scrapes       []pairScrape
}

// A pairScrape is what lies in the capture for one scrape.
type pairScrape struct {
	At      int64
	Body    text
	Headers text  `yaml:",omitempty"` // the .headers file
	Err     text  `yaml:",omitempty"` // the .err file
	Clean   *text `yaml:",omitempty"` // the body without its damage, which upstream gets
	missed  int   // 1: no file tells of it, and gaps count as failures
}

// text is a string that survives YAML, whose library does not read every
// block that it writes.
type text string

func (s text) MarshalYAML() (any, error) {
	if utf8.ValidString(string(s)) && (strings.HasPrefix(string(s), " ") || strings.ContainsAny(string(s), "\t\r\x00\ufeff")) {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: string(s)}, nil
	}
	return string(s), nil
}

// A pairQuery is a range query, or an instant one when Step is 0.
type pairQuery struct {
	Expr       string
	Start, End int64
	Step       int64 `yaml:",omitempty"`
}

func (p *pair) externalLabels() labels.Labels { return labels.FromMap(p.External) }

// parser is upstream's with the pair's features.
func (p *pair) parser() parser.Parser {
	return parser.NewParser(parser.Options{
		EnableExperimentalFunctions: slices.Contains(p.Features, "promql-experimental-functions"),
		EnableBinopFillModifiers:    slices.Contains(p.Features, "promql-binop-fill-modifiers"),
		EnableUnquotedUTF8Names:     slices.Contains(p.Features, "promql-unquoted-utf8-names"),
	})
}

func ruleFileName(i int) string { return fmt.Sprintf("rules%d.yml", i) }

// captureFS is the pair's capture as files.
func (p *pair) captureFS() fstest.MapFS {
	files := fstest.MapFS{}
	jobs, targets := map[string]any{}, map[string]any{}
	for _, j := range p.Jobs {
		if m := j.manifest(); len(m) > 0 {
			jobs[j.Name] = m
		}
	}
	for _, t := range p.Targets {
		dir := t.Job + "/" + t.Instance
		if len(t.Labels) > 0 {
			targets[dir] = map[string]any{"labels": t.Labels}
		}
		for _, s := range t.Scrapes {
			name := fmt.Sprintf("%s/%d", dir, s.At)
			files[name+".prom"] = &fstest.MapFile{Data: []byte(s.Body)}
			if s.Headers != "" {
				files[name+".headers"] = &fstest.MapFile{Data: []byte(s.Headers)}
			}
			if s.Err != "" {
				files[name+".err"] = &fstest.MapFile{Data: []byte(s.Err)}
			}
		}
	}
	manifest := map[string]any{}
	if len(jobs) > 0 {
		manifest["jobs"] = jobs
	}
	if len(targets) > 0 {
		manifest["targets"] = targets
	}
	if len(manifest) > 0 {
		files["capture.yaml"] = &fstest.MapFile{Data: mustYAML(manifest)}
	}
	return files
}

// serverConfig is the prometheus.yml under which a server would have made the
// capture. Its own clock is kept out: it would scrape every century.
func (p *pair) serverConfig() []byte {
	var list []any
	for _, j := range p.Jobs {
		c := map[string]any{"job_name": j.Name, "scrape_interval": "100y", "scrape_timeout": "10s"}
		if j.Interval > 0 {
			c["scrape_timeout"] = duration(min(10_000, j.Interval))
		}
		for k, v := range j.Settings {
			c[k] = v
		}
		list = append(list, c)
	}
	return mustYAML(map[string]any{"scrape_configs": list})
}

func mustYAML(v any) []byte {
	data, err := yaml.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// answer is what the target answered a server. An error stands for no answer.
// What headers said that were not saved, the job's fallback says, if it has
// one.
func (s *pairScrape) answer(fallback bool) (status int, header http.Header, body string, err error) {
	header = http.Header{}
	if s.Headers == "" && !fallback { // not saved: no fault of the target
		header.Set("Content-Type", "text/plain")
	}
	for line := range strings.Lines(string(s.Headers)) {
		line = strings.TrimSpace(line)
		if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &status); err == nil {
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			header[textproto.CanonicalMIMEHeaderKey(name)] = []string{strings.TrimSpace(value)}
		}
	}
	body = string(s.Body)
	if s.Clean != nil {
		body = string(*s.Clean)
	}
	switch {
	case s.Err != "":
		return 0, nil, "", fmt.Errorf("%s", s.Err)
	case s.Body == "" && status == 0:
		return 0, nil, "", fmt.Errorf("no answer was saved")
	case status == 0:
		status = http.StatusOK
	}
	return status, header, body, nil
}

// begin is the first instant's origin: the latest first scrape among the
// targets that begin within one interval of the first one.
func (p *pair) begin(interval time.Duration) int64 {
	begin := p.start()
	limit := begin + interval.Milliseconds()
	for _, t := range p.Targets {
		if first := t.Scrapes[0].At; first <= limit {
			begin = max(begin, first)
		}
	}
	return begin
}

// start is the time of the first scrape.
func (p *pair) start() int64 {
	start := p.Targets[0].Scrapes[0].At
	for _, t := range p.Targets {
		start = min(start, t.Scrapes[0].At)
	}
	return start
}

// missed are the times at which a target was not scraped though it was due:
// every interval after a scrape, when the next one is one and a half
// intervals away or more.
func missed(scrapes []pairScrape, interval int64) []int64 {
	var list []int64
	for i := 1; i < len(scrapes); i++ {
		from, to := scrapes[i-1].At, scrapes[i].At
		if to-from < interval+(interval+1)/2 {
			continue
		}
		for at := from + interval; at <= to-(interval+1)/2; at += interval {
			list = append(list, at)
		}
	}
	return list
}

// hasRounds tells whether a target was scraped more than once.
func (p *pair) hasRounds() bool {
	return slices.ContainsFunc(p.Targets, func(t pairTarget) bool { return len(t.Scrapes) > 1 })
}

// end is the time of the last scrape.
func (p *pair) end() int64 {
	end := int64(0)
	for _, t := range p.Targets {
		end = max(end, t.Scrapes[len(t.Scrapes)-1].At)
	}
	return end
}
