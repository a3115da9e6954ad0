package capture

import (
	"slices"
	"strings"
)

// A naming is what the path of a scrape's file says of it.
type naming struct {
	time         int64
	timed, zoned bool

	job      string // of a folder above the instance's, or a component's name; "" when neither is there
	instance string // "" when the path names nothing
	fallback string // a folder that may be the job when nothing else tells it
	where    string // the folders, when the file's own name is the instance and so they may tell targets apart

	// number is the one that stands alone in a name, or at the end of a noise word; -1 when there is none. Files
	// whose names are the same but for it have the same pattern. sure says that it counts scrapes, as in metrics.3:
	// nothing but it would tell the files apart. In node-3 it may as well tell targets apart.
	number  int
	sure    bool
	pattern string
}

// noiseWords are the words of file names that name no target.
var noiseWords = []string{"metrics", "metric", "scrape", "scrapes", "scraped", "dump", "dumps", "output", "raw"}

// extensions are the endings that are no part of a name, in any case.
var extensions = []string{".gz", ".zst", ".sz", ".prom", ".txt", ".text", ".metrics", ".om", ".openmetrics", ".pb", ".out", ".log", ".json", ".jsonl", ".ndjson", ".http", ".dump", ".raw", ".data", ".dat", ".bin", ".body"}

// cutExtensions takes all extensions off, and a number behind one of them (metrics.txt.3), which is handed out as it
// is written. Something always remains.
func cutExtensions(name string) (stem, number string) {
	stem = name
	for {
		before := stem
		for _, s := range extensions {
			stem, _ = cutSuffix(stem, s)
		}
		if stem != before {
			continue
		}
		i := strings.LastIndexByte(stem, '.')
		if number != "" || i <= 0 || i+1 == len(stem) || len(stem)-i > 7 || digitsAt(stem, i+1) != len(stem)-i-1 {
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
		if rest, ok := cutSuffix(name, s); ok {
			return rest, true
		}
	}
	return name, false
}

// maxName is how much of a name, and of its folders, is looked at, in bytes: more than file systems take for a name.
const maxName = 4096

// readName tells what the path of a file says. The time of a canonical name is for recognise.
func readName(folder, name string) naming {
	n := naming{number: -1}
	name, folder = name[max(0, len(name)-maxName):], folder[max(0, len(folder)-maxName):]
	stem, number := cutExtensions(name)
	path := stem
	if folder != "" && folder != "." {
		path = folder + "/" + stem
	}
	m, ok := findTime(path)
	n.time, n.timed, n.zoned = m.ms, ok, m.zoned
	blank := blankTimes(path, m)
	slash := strings.LastIndexByte(blank, '/')
	folders := namingFolders(path[:max(slash, 0)], blank[:max(slash, 0)])
	words, component := splitWords(blank[slash+1:])
	if number != "" {
		words = append(words, word{sep: ".", text: number})
	}
	n.target(words, component, folders)
	n.pattern = folder + "\x00" + strings.Join(append(slices.Clone(folders), n.pattern), "\x00")
	return n
}

// target takes apart what is left of a name without its time.
func (n *naming) target(words []word, component string, folders []string) {
	var rest []word
	counted := -1
	for _, w := range words {
		low := strings.ToLower(w.text)
		switch stem := strings.TrimRight(low, "0123456789"); {
		case slices.Contains(noiseWords, low):
			n.pattern += low + "|"
		case slices.Contains(noiseWords, stem): // metrics3
			n.pattern += stem + "|"
			n.number, n.sure = number(low[len(stem):]), true
		case stem == "" && len(low) <= 9:
			counted = len(rest)
			rest = append(rest, w)
		default:
			rest = append(rest, w)
		}
	}
	if counted >= 0 && n.number < 0 {
		others := slices.Delete(slices.Clone(rest), counted, counted+1)
		n.number, n.sure = number(rest[counted].text), len(others) == 0
		if n.sure {
			rest = nil
		}
	}
	for i, w := range rest {
		if i == counted && !n.sure {
			w.text = ""
		}
		n.pattern += w.sep + w.text
	}
	own := strings.ToValidUTF8(joinWords(rest), "\uFFFD")
	last, above := "", ""
	if len(folders) > 0 {
		last = folders[len(folders)-1]
	}
	if len(folders) > 1 {
		above = folders[len(folders)-2]
	}
	switch {
	case own == "" && component == "":
		n.instance, n.job = last, above
	case own == "":
		if n.instance, n.job = last, component; last == "" {
			n.instance = component
		}
		n.fallback = last
		return
	default:
		n.instance, n.job, n.fallback = own, component, last
		n.where = strings.Join(folders, "/")
	}
	for i := len(folders) - 1; i >= 0 && n.job == ""; i-- {
		n.job = componentIn(folders[i])
	}
}

// withoutNumber is the instance when the number counts scrapes, for files where sure is false.
func (n *naming) withoutNumber(folder, name string) string {
	stem, tail := cutExtensions(name)
	if tail != "" {
		tail = ""
	} else {
		i := strings.LastIndexAny(stem, "-_. (")
		for i >= 0 && digitsAt(stem, i+1) == 0 {
			i = strings.LastIndexAny(stem[:i], "-_. (")
		}
		if i >= 0 {
			stem = stem[:i] + stem[i+1+digitsAt(stem, i+1):]
		}
	}
	return readName(folder, stem).instance
}

// namingFolders are the folders of a path that may name something: those that hold more than a time or noise.
func namingFolders(path, blank string) (out []string) {
	at := 0
	for part := range strings.SplitSeq(blank, "/") {
		full := path[at : at+len(part)]
		at += len(part) + 1
		if part == "" || part == "." || slices.Contains(noiseWords, strings.ToLower(part)) {
			continue
		}
		if strings.ContainsRune(part, 0) && !strings.ContainsRune(full, 0) {
			words, _ := splitWords(part)
			words = slices.DeleteFunc(words, func(w word) bool { return slices.Contains(noiseWords, strings.ToLower(w.text)) })
			if full = joinWords(words); full == "" {
				continue
			}
		}
		out = append(out, strings.ToValidUTF8(full, "\uFFFD"))
	}
	return out
}

// A word of a name, with the separator before it.
type word struct{ sep, text string }

const separators = "-_. ()[]{}+,=@~\x00"

// splitWords cuts a name at its separators, and takes the name of a component out. An IPv4 address is one word.
func splitWords(s string) (words []word, component string) {
	component, from, to := findComponent(s)
	if component != "" {
		s = s[:from] + strings.Repeat("\x00", to-from) + s[to:]
	}
	start, sep := -1, 0
	for i := 0; i <= len(s); i++ {
		inside := i < len(s) && strings.IndexByte(separators, s[i]) < 0
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
	return words, component
}

// separator is the first that a person wrote.
func separator(s string) string {
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

// addressAt is the length of an IPv4 address at a byte, its parts separated by . or -; 0 when there is none.
func addressAt(s string, i int) int {
	at := i
	for part := range 4 {
		n := digitsAt(s, at)
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
