package naming

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/scrapebook/scrapebook/signals/capture/internal/component"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// A Guess is what the path of a scrape's file says of it.
type Guess struct {
	Time         int64
	Timed, Zoned bool

	Job      string // of a folder above the instance's, or a component's name; "" when neither is there
	Instance string // "" when the path names nothing
	Fallback string // a folder that may be the job when nothing else tells it

	// What the guess rests on.
	Folders  []string // those that name something, without dates and words of a sequence
	Own      string   // what is left of the file's own name; "" when it names nothing
	Endpoint string   // the path that the file's own name may mean, /metrics when it says no other; "" when it has no such word
	TimeIn   string   // the folder that the whole of the time stands in; "" when the file's name has a part in it
	Rank     int      // its place among files that are the same but for words such as before and after; -1 without such

	// number is the one that stands alone in a name, or at the end of a noise
	// word; -1 when there is none. Files whose names are the same but for it
	// have the same pattern. sure says that it counts scrapes, as in metrics.3:
	// nothing but it would tell the files apart. In node-3 it may as well tell
	// targets apart.
	Number  int
	Sure    bool
	Pattern string
}

// noiseWords are the words of names that name no target: those for what is
// saved, and those for where it was asked for.
var (
	noiseWords = append(slices.Clone(savedWords), pathWords...)
	savedWords = []string{"metrics", "metric", "scrape", "scrapes", "scraped", "dump", "dumps", "output", "raw"}
	pathWords  = []string{"stats", "vars", "response", "curl"}
)

// extensions are the endings that are no part of a name, in any case.
var extensions = []string{".gz", ".zst", ".sz", ".xz", ".bz2", ".html", ".prom", ".txt", ".text", ".metrics", ".om", ".openmetrics", ".pb", ".out", ".log", ".json", ".jsonl", ".ndjson", ".http", ".dump", ".raw", ".data", ".dat", ".bin", ".body"}

// CutExtensions takes all extensions off, and a number behind one of them
// (metrics.txt.3), which is handed out as it is written. Something always
// remains.
func CutExtensions(name string) (stem, number string) {
	stem = name
	for {
		before := stem
		for _, s := range extensions {
			stem, _ = CutSuffix(stem, s)
		}
		if stem != before {
			continue
		}
		i := strings.LastIndexByte(stem, '.')
		if number != "" || i <= 0 || i+1 == len(stem) || len(stem)-i > 7 || clock.DigitsAt(stem, i+1) != len(stem)-i-1 {
			return stem, number
		}
		if rest, ok := cutAnyExtension(stem[:i]); !ok || rest == "" {
			return stem, number
		}
		number, stem = stem[i+1:], stem[:i]
	}
}

func cutAnyExtension(name string) (string, bool) {
	for _, s := range extensions {
		if rest, ok := CutSuffix(name, s); ok {
			return rest, true
		}
	}
	return name, false
}

// Read tells what the path of a file says. The time of a canonical name is for
// recognise. The sequence may be nil.
func Read(folder, name string, seq *Sequence) Guess {
	n := Guess{Number: -1}
	name, folder = tail(name), tail(folder)
	stem, number := CutExtensions(name)
	if base := path.Base(folder); strings.EqualFold(base, "metrics") && slices.Contains(kubeletPaths, stem) {
		folder, stem = path.Dir(folder), base+"_"+stem // as kubectl get --raw is saved
	}
	stem = ofURL(stem)
	full, slash := stem, 0
	if folder != "" && folder != "." {
		full, slash = folder+"/"+stem, len(folder)
	}
	m, ok := clock.Find(full)
	n.Time, n.Timed, n.Zoned = m.Ms, ok, m.Zoned
	if ok && m.End() <= slash {
		n.TimeIn = TimeFolder(full, m)
	}
	blank := clock.Blank(full, m)
	blank, n.Rank = seq.blank(blank, slash)
	folders := withPort(namingFolders(full[:slash], blank[:slash], noiseWords))
	n.Folders = namingFolders(full[:slash], blank[:slash], savedWords)
	words, program := splitWords(blank[min(slash+min(slash, 1), len(blank)):])
	if number != "" {
		words = append(words, word{sep: ".", text: number})
	}
	n.target(words, program, folders)
	if n.Rank >= 0 {
		folder = seq.Folder(folder)
	}
	n.Pattern = folder + "\x00" + strings.Join(append(slices.Clone(folders), n.Pattern), "\x00")
	return n
}

// kubeletPaths are what a kubelet has below /metrics.
var kubeletPaths = []string{"cadvisor", "resource", "probes", "slis"}

// ofURL is the name of a file that is called as a URL, escaped or with other
// characters instead of :// and /, without the scheme.
func ofURL(stem string) string {
	s := stem
	if plain, err := url.PathUnescape(stem); err == nil && strings.IndexFunc(plain, unicode.IsControl) < 0 {
		s = plain
	}
	rest := s
	for _, scheme := range []string{"https", "http"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			rest = strings.TrimLeft(s[len(scheme):], ":/_-")
			break
		}
	}
	if apart := len(s) - len(rest); apart > 0 && rest != "" && (s[len(s)-len(rest)-1] == '/' || addressAt(rest, 0) > 0 || apart > len("https_")) {
		s = rest
	}
	if s == stem {
		return stem
	}
	return strings.ReplaceAll(strings.Trim(s, "/"), "/", "_")
}

// TimeFolder is the folder of a path that a time in it ends in.
func TimeFolder(full string, m clock.Moment) string {
	full = tail(full)
	before, _, _ := strings.Cut(full[m.End():], "/")
	return full[:m.End()+len(before)]
}

// target takes apart what is left of a name without its time.
func (n *Guess) target(words []word, program string, folders []string) {
	rest := n.counted(words)
	n.Own = strings.ToValidUTF8(joinWords(rest), "\uFFFD")
	n.Endpoint = endpoint(words, rest)
	if program == "cadvisor" && n.Endpoint == "/metrics" && len(words) == 1 {
		n.Endpoint = "/metrics/cadvisor"
	}
	last, above := "", ""
	if len(folders) > 0 {
		last = folders[len(folders)-1]
	}
	if len(folders) > 1 {
		above = folders[len(folders)-2]
	}
	switch {
	case n.Own == "" && program == "":
		n.Instance, n.Job = last, above
	case n.Own == "":
		if n.Instance, n.Job = last, program; last == "" {
			n.Instance = program
		}
		n.Fallback = last
		if program == "prometheus" && last != "" { // as likely the format as the program
			n.Job, n.Fallback, n.Endpoint = "", program, cmp.Or(n.Endpoint, "/prometheus")
		}
		return
	default:
		n.Instance, n.Job, n.Fallback = n.Own, program, last
	}
	for i := len(folders) - 1; i >= 0 && n.Job == ""; i-- {
		n.Job = component.In(folders[i])
	}
}

// counted finds the number among the words, and the pattern that the name has
// without it. It returns the words that may name something.
func (n *Guess) counted(words []word) (rest []word) {
	at := -1 // of a number that stands alone, in rest
	for _, w := range words {
		low := strings.ToLower(w.text)
		switch stem := strings.TrimRight(low, "0123456789"); {
		case slices.Contains(noiseWords, low):
			n.Pattern += low + "|"
		case slices.Contains(noiseWords, stem): // metrics3
			n.Pattern += stem + "|"
			n.Number, n.Sure = number(low[len(stem):]), true
		case stem == "" && len(low) <= 9:
			at = len(rest)
			rest = append(rest, w)
		default:
			rest = append(rest, w)
		}
	}
	if at >= 0 && n.Number < 0 {
		n.Number, n.Sure = number(rest[at].text), len(rest) == 1
		if n.Sure {
			rest = nil
		}
	}
	for i, w := range rest {
		if i == at && !n.Sure {
			w.text = ""
		}
		n.Pattern += w.sep + w.text
	}
	return rest
}

// endpoint is the path that the words of a name with metrics in it may mean,
// when there are digits in none of them: public_metrics is /public_metrics,
// metrics-probes is /metrics/probes.
func endpoint(words, rest []word) string {
	isMetrics := func(w word) bool { return slices.Contains(noiseWords[:2], strings.ToLower(w.text)) }
	if !slices.ContainsFunc(words, isMetrics) {
		for _, w := range words {
			if low := strings.ToLower(w.text); slices.Contains(pathWords, low) {
				return "/" + low
			}
		}
		return ""
	}
	sep, path := "_", ""
	if isMetrics(words[0]) {
		sep = "/"
	}
	for _, w := range words {
		if !isMetrics(w) && !slices.Contains(rest, w) || strings.ContainsAny(w.text, "0123456789") {
			continue
		}
		path += sep + w.text
	}
	if len(path) <= 1 {
		return "/metrics"
	}
	return strings.ToValidUTF8("/"+path[1:], "\uFFFD")
}

// WithoutNumber is the instance when the number counts scrapes, for files where
// sure is false.
func (n *Guess) WithoutNumber(folder, name string, seq *Sequence) string {
	stem, tail := CutExtensions(name)
	if tail != "" {
		tail = ""
	} else {
		i := strings.LastIndexAny(stem, "-_. (")
		for i >= 0 && clock.DigitsAt(stem, i+1) == 0 {
			i = strings.LastIndexAny(stem[:i], "-_. (")
		}
		if i >= 0 {
			stem = stem[:i] + stem[i+1+clock.DigitsAt(stem, i+1):]
		}
	}
	return Read(folder, stem, seq).Instance
}

// namingFolders are the folders of a path that may name something: those that
// hold more than a time or noise.
func namingFolders(path, blank string, noise []string) (out []string) {
	at := 0
	for part := range strings.SplitSeq(blank, "/") {
		full := path[at : at+len(part)]
		at += len(part) + 1
		if part == "" || part == "." || slices.Contains(noise, strings.ToLower(part)) {
			continue
		}
		if strings.ContainsRune(part, 0) && !strings.ContainsRune(full, 0) {
			words, _ := splitWords(part)
			words = slices.DeleteFunc(words, func(w word) bool { return slices.Contains(noise, strings.ToLower(w.text)) })
			if full = joinWords(words); full == "" {
				continue
			}
		}
		out = append(out, strings.ToValidUTF8(full, "\uFFFD"))
	}
	return out
}

// withPort makes one of the last two folders of HOST/PORT: a host is no job.
// Its name has digits, as that of a kind of things has not of which the number
// may be an id. A year is no port.
func withPort(folders []string) []string {
	n := len(folders)
	if n < 2 || !strings.ContainsAny(folders[n-2], "0123456789") && folders[n-2] != "localhost" || clock.DigitsAt(folders[n-1], 0) != len(folders[n-1]) || len(folders[n-1]) > 5 || len(folders[n-1]) < 2 {
		return folders
	}
	port := number(folders[n-1])
	if port < firstPort || port > lastPort || port >= 1970 && port < 2100 {
		return folders
	}
	return append(folders[:n-2:n-2], folders[n-2]+":"+folders[n-1])
}

// The ports that programs choose.
const firstPort, lastPort = 1024, 65535

// IsPort says whether a number may be a port, and not a count of scrapes that
// began at 0 or 1.
func IsPort(n int) bool { return n >= firstPort && n <= lastPort }

// A word of a name, with the separator before it.
type word struct{ sep, text string }

// splitWords cuts a name at its separators, and takes the name of a component
// out. An IPv4 address is one word.
func splitWords(s string) (words []word, program string) {
	program, from, to := component.Find(s)
	if program != "" {
		s = s[:from] + strings.Repeat("\x00", to-from) + s[to:]
	}
	start, sep := -1, 0
	for i := 0; i <= len(s); i++ {
		inside := i < len(s) && strings.IndexByte(component.Separators, s[i]) < 0
		if n := bracketsAt(s, i); n > 0 && start < 0 {
			start, inside = i, true
			i += n - 1
			continue
		}
		switch {
		case inside && start < 0:
			start = i
			if n := addressAt(s, i); n > 0 {
				i += n - 1
			}
		case !inside && start >= 0:
			words = append(words, word{sep: separator(s[sep:start]), text: s[start:i]})
			start, sep = -1, i
		}
	}
	return words, program
}

// bracketsAt is the length of an IPv6 address in brackets at a byte, 0 when
// there is none.
func bracketsAt(s string, i int) int {
	if i >= len(s) || s[i] != '[' {
		return 0
	}
	n := strings.IndexByte(s[i:], ']')
	if n < 0 || strings.Count(s[i:i+n], ":") < 2 || strings.Trim(s[i+1:i+n], "0123456789abcdefABCDEF:.") != "" {
		return 0
	}
	return n + 1
}

// separator is the first that a person wrote, or two as of an IPv6 address that
// is written with them.
func separator(s string) string {
	if s == "--" {
		return s
	}
	for _, c := range []byte(s) {
		if c != 0 {
			return string(c)
		}
	}
	return "-"
}

func joinWords(words []word) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(w.sep)
		}
		b.WriteString(w.text)
	}
	return b.String()
}

// addressAt is the length of an IPv4 address at a byte, its parts separated by
// . or -; 0 when there is none.
func addressAt(s string, i int) int {
	at := i
	for part := range 4 {
		n := clock.DigitsAt(s, at)
		if n == 0 || n > 3 {
			return 0
		}
		at += n
		if part < 3 {
			if at >= len(s) || s[at] != '.' && s[at] != '-' {
				return 0
			}
			at++
		}
	}
	return at - i
}

func number(digits string) int {
	n := 0
	for _, c := range []byte(digits) {
		n = n*10 + int(c-'0')
	}
	return n
}
