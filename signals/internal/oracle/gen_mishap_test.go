package oracle

import (
	"slices"
	"strings"
)

// A mishap befalls some scrapes in a row.
type mishap struct {
	from, to int
	happen   func(s *pairScrape, b *body, fail bool) (gone bool)
}

func (w *world) drawMishaps(job *pairJob, scrapes int, openMetrics bool) []mishap {
	d := w.drawer
	var list []mishap
	for range d.number("mishaps", 0, 3) {
		from := d.number("from", 0, scrapes-1)
		m := mishap{from: from, to: from + d.number("scrapes", 1, 3)}
		// Upstream is given the text without its damage, whose size is another.
		sized := !w.pair.OnDamageFail && (job.Settings["body_size_limit"] != nil || job.Settings["extra_scrape_metrics"] != nil)
		if d.oneIn(2, "damage") && !sized {
			at, line := d.number("line", 0, 30), ""
			if w.pair.OnDamageFail && d.oneIn(6, "all of it") {
				m.happen = pick(d, "all", wholeBodies...)
			} else if d.oneIn(4, "truncated") && !openMetrics {
				m.happen = truncate(at)
			} else {
				switch {
				case !w.pair.OnDamageFail:
					line = pick(d, "damage", skippedLines...)
				case openMetrics:
					line = pick(d, "damage", slices.Concat(skippedLines, readLines)...)
				default:
					line = pick(d, "damage", slices.Concat(skippedLines, readLines, textLines)...)
				}
				if strings.Contains(line, `a="2"`) && (job.Settings["metric_relabel_configs"] != nil || job.Settings["sample_limit"] != nil) {
					line = "damaged" // a sample that relabelling or the limit drops may have a label twice, upstream
				}
				m.happen = spoilLine(line, at)
			}
		} else {
			m.happen = pick(d, "mishap", failures...)
		}
		list = append(list, m)
	}
	return list
}

// failures befall the scrape as a whole.
var failures = []func(s *pairScrape, b *body, fail bool) bool{
	func(*pairScrape, *body, bool) bool { return true }, // a gap
	func(s *pairScrape, _ *body, _ bool) bool { // connection refused
		*s = pairScrape{At: s.At, Err: "dial tcp 10.0.0.1:9100: connect: connection refused\n"}
		return false
	},
	func(s *pairScrape, _ *body, _ bool) bool { // timeout, an empty file beside nothing
		*s = pairScrape{At: s.At}
		return false
	},
	func(s *pairScrape, _ *body, _ bool) bool {
		*s = pairScrape{At: s.At, Body: "Service Unavailable\n", Headers: "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\n"}
		return false
	},
	func(s *pairScrape, _ *body, _ bool) bool { // a good body under a bad status
		s.Headers = "HTTP/1.1 206 Partial Content\r\nContent-Type: text/plain\r\n\r\n"
		return false
	},
	func(s *pairScrape, _ *body, _ bool) bool { // an empty answer
		*s = pairScrape{At: s.At, Headers: "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\r\n"}
		return false
	},
	func(s *pairScrape, _ *body, _ bool) bool { // comments alone
		*s = pairScrape{At: s.At, Body: "# HELP g nothing today\n\n", Headers: "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"}
		return false
	},
	func(s *pairScrape, _ *body, _ bool) bool {
		*s = pairScrape{At: s.At, Body: "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n"}
		return false
	},
	func(s *pairScrape, _ *body, _ bool) bool {
		*s = pairScrape{At: s.At, Body: "<html><body>login</body></html>\n", Headers: "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"}
		return false
	},
	func(s *pairScrape, _ *body, _ bool) bool {
		s.Headers = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
		return false
	},
	func(s *pairScrape, _ *body, _ bool) bool { // no Content-Type at all
		s.Headers = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
		return false
	},
}

// skippedLines are not read by us, and fail the scrape under --on-damage fail.
var skippedLines = []string{
	"damaged 12abc", "damaged", `damaged{a="1",a="2"} 1`, "damaged 0x", `damaged{a="1" 1`, `damaged{a=1} 1`,
	"damaged 1 2 3", "damaged 1e400", `{a="b"} 1`, "9damaged 1", `damaged{a='1'} 1`, "damaged{a=\"\xff\"} 1",
}

// readLines are read by us with a warning or as what was meant, and not by
// upstream, or otherwise.
var readLines = []string{
	"  damaged 5", "\tdamaged 5", "# comment\r", "{\"quoted\"} 1", "damaged{ 1",
	"damaged 0x10", "damaged 1_000", "# TYPE damaged banana", "damaged 1 1.5", "# TYPE damaged",
}

// textLines are damage in the text format alone. Upstream's OpenMetrics parser
// still counts a sample that rubbish or a blank follows, and after HELP it
// reads on behind a NUL: neither is followed.
var textLines = []string{
	"\x00damaged 1", "damaged{a=\"\x00\"} 1", "# HELP da\x00maged x", "g 5 # trailing",
}

// wholeBodies are damages of every line, under --on-damage fail.
var wholeBodies = []func(*pairScrape, *body, bool) bool{
	everyLine("\r\n"), everyLine(" \n"), everyLine("\n\n"), everyLine("\n#\n"),
	func(s *pairScrape, b *body, _ bool) bool {
		if s.Body != "" && s.Body == b.text() {
			s.Body = "\ufeff" + s.Body
		}
		return false
	},
}

func everyLine(end string) func(*pairScrape, *body, bool) bool {
	return func(s *pairScrape, b *body, _ bool) bool {
		if s.Body == b.text() && !(b.openMetrics && end == " \n") { // one damage is enough
			s.Body = text(strings.ReplaceAll(string(s.Body), "\n", end))
		}
		return false
	}
}

func spoilLine(line string, at int) func(*pairScrape, *body, bool) bool {
	return func(s *pairScrape, b *body, fail bool) bool {
		if s.Body != b.text() || s.Body == "" { // another mishap came first
			return false
		}
		clean := s.Body
		if !fail && b.samples() == 0 { // nothing readable is left: no exposition, we say, and so not up
			return false
		}
		lines := slices.Insert(slices.Clone(b.lines), at%len(b.lines), line)
		s.Body = text(strings.Join(lines, "\n") + "\n")
		if !fail {
			s.Clean = &clean
		}
		return false
	}
}

// truncate cuts the body after some bytes of its last line, at a place where
// nothing sensible remains of it; or, when the whole scrape fails, anywhere.
func truncate(at int) func(*pairScrape, *body, bool) bool {
	return func(s *pairScrape, b *body, fail bool) bool {
		if s.Body != b.text() || s.Body == "" {
			return false
		}
		if fail {
			s.Body = s.Body[:len(s.Body)-1-at%len(s.Body)]
			if s.Body == "" {
				s.Headers = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
			}
			return false
		}
		clean := s.Body
		if b.samples() == 0 {
			return false
		}
		s.Body += `cut_off{reason="end of`
		s.Clean = &clean
		return false
	}
}
