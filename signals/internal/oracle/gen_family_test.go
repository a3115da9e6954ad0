package oracle

import (
	"fmt"
	"strconv"
	"strings"
)

// A family is a metric family of a job: the same draws make its lines in
// every scrape of every target.
type family struct {
	kind     string
	name     string
	series   []string // label parts, without braces
	values   func(b *body, series int) float64
	texts    []string // of gauges: written values, in turns
	presence []presence
	own      []int64 // own timestamps: ms relative to the scrape, in turns
	fixed    bool    // own timestamps that do not move: relative to the epoch
	typed    string  // "", "after", "wrong"
	twice    bool    // each sample once more with another value
	respell  bool    // every other scrape spells the labels otherwise
}

const noTime = int64(1) << 60 // in own: this scrape brings no timestamp

// A presence says in which scrapes a series is there.
type presence struct{ from, to, every int }

func (p presence) has(scrape int) bool {
	return scrape >= p.from && scrape < p.to && scrape%p.every == 0
}

func (f *family) names() []string {
	switch f.kind {
	case "histogram":
		return []string{f.name + "_bucket", f.name + "_sum", f.name + "_count"}
	case "summary":
		return []string{f.name, f.name + "_sum", f.name + "_count"}
	}
	return []string{f.name}
}

var labelParts = []string{
	``, `code="200"`, `code="500"`, `code="200",path="/x"`, `job="mine"`, `instance="other:80",code="200"`,
	`job="",code="200"`, `instance=""`, `exported_job="e",job="mine"`, `zone="z1"`, `zone="",code=""`,
	`exported_exported_job="x",exported_job="e",job="j"`, `le="1"`, `quantile="1"`, `code="a\\b\"c\nd"`, `code="ü"`, `__tmp="t"`,
	`alertname="Fake",alertstate="firing"`,
}

var gaugeTexts = []string{
	"1", "0", "2", "5", "-3.5", "NaN", "+Inf", "-Inf", "-0", "1e-400", "0.1", "0.30000000000000004", "1e308", "4.9e-324", "nan", "100", "1e3", ".5", "+5",
}

func drawFamily(d drawer, i int) *family {
	f := &family{kind: pick(d, "kind", "counter", "gauge", "histogram", "summary", "untyped", "special", "dotted")}
	for range d.number("series", 1, 3) {
		f.series = append(f.series, pick(d, "labels", labelParts...))
		f.presence = append(f.presence, drawPresence(d))
	}
	switch f.kind {
	case "counter":
		f.name = pick(d, "name", "c_total", "d_total", "c")
	case "gauge", "untyped":
		f.name = pick(d, "name", "g", "g2", "u:colon")
	case "histogram":
		f.name = pick(d, "name", "h", "h_seconds")
	case "summary":
		f.name = "s"
	case "dotted":
		f.name = pick(d, "name", "http.requests", "ü")
	case "special":
		f.name = pick(d, "name", "up", "scrape_samples_scraped", "process_start_time_seconds", "x_build_info", "ALERTS", "ALERTS_FOR_STATE", "scrape_series_added")
	}
	start, step := d.number("start", 0, 50), pick(d, "step", 1, 0, 3, 17, -2)
	reset := pick(d, "reset", 1<<30, 4, 7)
	scale := pick(d, "scale", 1.0, 0.1, 1e6, 1e-9)
	f.values = func(b *body, series int) float64 {
		return scale * float64(start+10*b.target+series+step*(b.scrape%reset))
	}
	if f.kind == "gauge" || f.kind == "special" {
		for range d.number("texts", 1, 5) {
			f.texts = append(f.texts, pick(d, "text", gaugeTexts...))
		}
	}
	if d.oneIn(4, "own timestamps") {
		f.fixed = d.oneIn(4, "fixed")
		for range d.number("times", 1, 4) {
			f.own = append(f.own, pick(d, "time", -1000, 0, noTime, 60_000, -30_000, 300_000, 601_000, -3_500_000, -3_700_000, -86_400_000))
		}
	}
	f.typed = pick(d, "type", "", "", "after", "wrong", "none")
	f.twice = d.oneIn(8, "twice")
	f.respell = d.oneIn(8, "respelt")
	return f
}

func drawPresence(d drawer) presence {
	p := presence{to: 1 << 30, every: 1}
	switch d.number("presence", 0, 5) {
	case 3:
		p.from = d.number("from", 1, 10)
	case 4:
		p.to = d.number("to", 1, 10)
	case 5:
		p.every = d.number("every", 2, 4)
	}
	return p
}

func (f *family) write(b *body) {
	typ := map[string]string{"special": "gauge", "dotted": "gauge", "untyped": "untyped"}[f.kind]
	if typ == "" {
		typ = f.kind
	}
	if f.typed == "wrong" {
		typ = map[string]string{"counter": "gauge", "gauge": "histogram", "histogram": "summary", "summary": "histogram", "untyped": "summary"}[typ]
	}
	if b.openMetrics && typ == "untyped" {
		typ = "unknown"
	}
	name := f.name
	if b.openMetrics && typ == "counter" {
		name = strings.TrimSuffix(name, "_total")
	}
	if f.kind == "dotted" {
		name = strconv.Quote(name)
	}
	typeLine := fmt.Sprintf("# TYPE %s %s", name, typ)
	if f.typed == "" || f.typed == "wrong" {
		b.lines = append(b.lines, typeLine)
		if b.scrape%3 == 1 {
			b.lines = append(b.lines, "# HELP "+name+" is what it is.")
		}
	}
	for i, labels := range f.series {
		if f.presence[i].has(b.scrape) {
			f.writeSeries(b, i, labels)
		}
	}
	if f.typed == "after" && !b.openMetrics {
		b.lines = append(b.lines, typeLine)
	}
}

func (f *family) writeSeries(b *body, i int, labels string) {
	v := f.values(b, i)
	if f.kind == "histogram" && strings.HasPrefix(labels, "le=") || f.kind == "summary" && strings.HasPrefix(labels, "quantile=") {
		labels = "" // twice the same label is damage, which is drawn elsewhere
	}
	switch f.kind {
	case "histogram":
		n := max(0, v)
		for k, le := range []string{"0.1", "1", "2.50", "1e1", "+Inf"} {
			f.line(b, f.name+"_bucket", join(labels, `le="`+le+`"`), number(n*float64(k)/4))
		}
		f.line(b, f.name+"_sum", labels, number(n*0.7))
		f.line(b, f.name+"_count", labels, number(n))
	case "summary":
		for _, q := range []string{"0", "0.5", ".99", "1"} {
			text := number(v / 3)
			if b.scrape%5 == 4 {
				text = "NaN"
			}
			f.line(b, f.name, join(labels, `quantile="`+q+`"`), text)
		}
		f.line(b, f.name+"_sum", labels, number(v*3))
		f.line(b, f.name+"_count", labels, number(v))
	default:
		text := number(v)
		if len(f.texts) > 0 {
			text = f.texts[(b.scrape+b.target+i)%len(f.texts)]
		}
		f.line(b, f.name, labels, text)
	}
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "," + b
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (f *family) line(b *body, name, labels, value string) {
	if f.kind == "dotted" {
		labels = join(strconv.Quote(name), labels)
		name = ""
	}
	if labels != "" {
		if f.respell && b.scrape%2 == 1 && !b.openMetrics {
			labels = " " + labels + " ,"
		}
		name += "{" + labels + "}"
	}
	stamp := ""
	if len(f.own) > 0 {
		if own := f.own[b.scrape%len(f.own)]; own != noTime {
			at := b.at + own
			if f.fixed {
				at = epoch + own
			}
			stamp = " " + strconv.FormatInt(at, 10)
			if b.openMetrics {
				stamp = " " + strconv.FormatFloat(float64(at)/1000, 'f', -1, 64)
			}
		}
	}
	trail := ""
	if b.openMetrics && f.kind != "summary" && b.scrape%4 == 1 && strings.HasSuffix(name, "}") {
		trail = ` # {trace_id="abc"} 0.5`
	}
	b.lines = append(b.lines, name+" "+value+stamp+trail)
	if f.twice {
		if stamp != "" && b.scrape%2 == 0 {
			stamp += "0"
			if b.openMetrics {
				stamp = ""
			}
		}
		b.lines = append(b.lines, name+" 77"+stamp)
	}
}
