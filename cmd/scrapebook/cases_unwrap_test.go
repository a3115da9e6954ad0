package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A file is read by check metrics, fmt and diff as captures read it: what
// stands around its text is taken off, and places are those of the file.
func TestCasesOfWrappedFiles(t *testing.T) {
	const good = "# HELP a_total x\n# TYPE a_total counter\na_total{q=\"1\"} 5\n# HELP b x\n# TYPE b gauge\nb{q=\"2\"} 6\nb{q=\"3\"} 7\n# HELP c x\n# TYPE c gauge\nc 8\n"
	bad := good + "c{q=\"\\d\"} 9x\n"
	before := func(p, text string) string {
		return p + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+p) + "\n"
	}
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	page := func(s string) string {
		return "<html><body>\n<pre>" + strings.ReplaceAll(s, "\"", "&quot;") + "</pre>\n"
	}
	const meter = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n" +
		"\r100    35  100    35    0     0   3500      0 --:--:-- --:--:-- --:--:--  3500"
	const takes, canonical = "Prometheus takes the scrape; promtool check metrics reads it\n", "# HELP a_total x\n# TYPE a_total counter\na_total{q=\"1\"} 5\n"
	answer := func(s string) string { return `{"status": 200, "headers": {"A": "b"}, "body": ` + quoted(s) + "}" }
	damaged := map[string]string{
		"p.html": page(bad), "k.txt": before("[pod/x/y] ", bad), "a.json": "{\"results\": [{\"host\": \"n1\",\n  \"stdout\": " + quoted(bad) + "}]}",
		"e.json": "{\n \"status\": 200, \"headers\": {\"Content-Type\": \"text/plain\"},\n \"body\": " + quoted(bad) + "}",
		"m.txt":  meter + bad, "i.txt": meter + "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + bad,
		"l.json": answer(good) + "\n" + answer(bad), "r.json": "[" + answer(good) + ", " + answer(bad) + "]",
		"n.txt": before("n1: ", good) + before("n2: ", bad), "f.json": "{\"stdout\": " + quoted(bad) + "}",
	}
	place := func(name string) string { // of what is damaged
		head, _, _ := strings.Cut(damaged[name], "9x")
		return fmt.Sprintf("%s:%d:%d: error: \"9x\"", name, 1+strings.Count(head, "\n"), len(head)-strings.LastIndex(head, "\n"))
	}
	runCases(t, []caseRow{
		{name: "check a page", reason: "what a browser saved", files: []string{"p.html", page(good)},
			args: []string{"check", "metrics", "@p.html"}, want: []string{"p.html: " + takes, "3 families, 4 samples"}, said: []string{"the text of a page is read"}},
		{name: "check a damaged page", reason: "an entity is longer than its character", files: []string{"p.html", damaged["p.html"]},
			args: []string{"check", "metrics", "@p.html"}, code: 1, want: []string{place("p.html")}},
		{name: "check kubectl logs --prefix", reason: "the column counts the prefix", files: []string{"k.txt", damaged["k.txt"]},
			args: []string{"check", "metrics", "@k.txt"}, code: 1, want: []string{place("k.txt"), "  …c{q=\"\\d\"} 9x\n             ^ skipped"}, said: []string{"a prefix before each line is taken off"}},
		{name: "check ansible's JSON", reason: "all is one line of the file", files: []string{"a.json", damaged["a.json"]},
			args: []string{"check", "metrics", "@a.json"}, code: 1, want: []string{place("a.json")}, said: []string{"JSON around the text"}},
		{name: "check a saved answer", reason: "its status and headers stand beside the body", files: []string{"e.json", damaged["e.json"]},
			args: []string{"check", "metrics", "@e.json"}, code: 1, want: []string{place("e.json")}, said: []string{"is taken off"}},
		{name: "check an answer a line", reason: "lines are counted across them", files: []string{"l.json", damaged["l.json"]},
			args: []string{"check", "metrics", "@l.json"}, code: 1, want: []string{place("l.json")}},
		{name: "check an array of answers", reason: "all stand in one line", files: []string{"r.json", damaged["r.json"]},
			args: []string{"check", "metrics", "@r.json"}, code: 1, want: []string{place("r.json")}},
		{name: "check a saved failure", reason: "its body is of no scrape that succeeded", files: []string{"e.json", "{\"status\": 503, \"headers\": {}, \"body\": " + quoted(good) + "}"},
			args: []string{"check", "metrics", "@e.json"}, code: 2, said: []string{"HTTP status 503"}},
		{name: "check curl's meter", reason: "it is glued to the first line", files: []string{"m.txt", damaged["m.txt"]},
			args: []string{"check", "metrics", "@m.txt"}, code: 1, want: []string{place("m.txt")}, said: []string{"progress meter"}},
		{name: "check curl -i behind the meter", reason: "both are passed over", files: []string{"i.txt", damaged["i.txt"]},
			args: []string{"check", "metrics", "@i.txt"}, code: 1, want: []string{place("i.txt")}},
		{name: "check several targets", reason: "each is a scrape", files: []string{"n.txt", damaged["n.txt"]},
			args: []string{"check", "metrics", "@n.txt"}, code: 1, want: []string{"n.txt: Prometheus refuses 1 of 2 scrapes", place("n.txt"), "8 samples in 2 scrapes"}, said: []string{"2 targets: n1, n2"}},
		{name: "check a loop of curl", reason: "dates divide it", files: []string{"l.log", "2024-05-01T10:00:00Z\n" + good + "2024-05-01T10:00:15Z\n" + good},
			args: []string{"check", "metrics", "@l.log"}, want: []string{"l.log: Prometheus takes 2 scrapes"}},
		{name: "check a text that stands twice", reason: "an exporter may do that, and a server takes the first", files: []string{"t.prom", good + good},
			args: []string{"check", "metrics", "@t.prom"}, want: []string{"t.prom: Prometheus takes the scrape", "[duplicate-series]"}},
		{name: "check a dump", reason: "no target exposes it", files: []string{"d.txt", "{__name__=\"up\", job=\"a\"} 1 1677012000000\n"},
			args: []string{"check", "metrics", "@d.txt"}, code: 2, said: []string{"samples with times and labels of their own", "'scrapebook query "}},
		{name: "check a folder with a dump", reason: "it has no target to ask for its settings", files: []string{"c/d.txt", "{__name__=\"up\", job=\"a\"} 1 1677012000000\n"},
			args: []string{"check", "metrics", "@c"}, want: []string{"1 sample in 1 scrape"}},
		{name: "fmt a page", reason: "its metrics alone", files: []string{"p.html", page(good)},
			args: []string{"fmt", "@p.html"}, want: []string{canonical}, never: []string{"<", "&quot;"}},
		{name: "fmt JSON", reason: "places are those of the file", files: []string{"f.json", damaged["f.json"]},
			args: []string{"fmt", "@f.json", "--repair"}, want: []string{canonical}, said: []string{place("f.json")}},
		{name: "fmt -w of more than metrics", reason: "what stands around them would be lost", files: []string{"k.txt", before("[pod/x/y] ", good)},
			args: []string{"fmt", "-w", "@k.txt"}, code: 2, said: []string{"leave -w out, and write to another file"}},
		{name: "fmt several targets", reason: "one exposition cannot tell them apart", files: []string{"p.txt", before("n1: ", good) + before("n2: ", good)},
			args: []string{"fmt", "@p.txt"}, code: 2, said: []string{"holds 2 scrapes of 2 targets, and fmt writes one: save each in a file of its own"}},
		{name: "canonical names, wrapped", reason: "it is said once of a target", files: []string{"c/j/i/1700000000.prom", before("[pod/x/y] ", good), "c/j/i/1700000015.prom", before("[pod/x/y] ", good)},
			args: []string{"inspect", "@c"}, want: []string{"2 scrapes (0 failed)", "1 problem:\n  j/i/1700000000.prom: info: a prefix before each line is taken off; of later scrapes of the target it is not said again [text-unwrapped]"}},
		{name: "diff of a page and a prefix", reason: "both are texts", files: []string{"p.html", page(good), "k.txt", before("[pod/x/y] ", strings.Replace(good, "} 5", "} 9", 1))},
			args: []string{"diff", "@p.html", "@k.txt"}, code: 1, want: []string{"1 of 4 series", "+4"}, said: []string{"the text of a page is read", "a prefix before each line is taken off"}},
	})
}
