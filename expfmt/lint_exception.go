package expfmt

import (
	"bufio"
	_ "embed" // for the lists that come with the package
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Exception is a rule of Lint that some metrics may break.
type Exception struct {
	ID     string // of the rule, * for every one
	Metric string // the family's name; * stands for any text in it, ? for one character
}

//go:embed kubernetes.allow
var kubernetesAllow string

// KubernetesExceptions returns what Kubernetes' own components break: kube-
// proxy and kube-apiserver up to v1.36. The file kubernetes.allow says why.
func KubernetesExceptions() []Exception {
	list, err := ReadExceptions(strings.NewReader(kubernetesAllow), "kubernetes.allow")
	if err != nil {
		panic(err) // a test reads the file
	}
	return list
}

// ReadExceptions reads an allow-list: a line for each exception, with the
// rule's id, blanks and the metric, which may stand in double quotes as in Go.
// What follows a # is a comment, blank lines are none:
//
//	# They have been so since v1.5.
//	counter-without-total  authentication_*
//	*                      "legacy metric"
//
// The error joins one for each line that cannot be read, with the file's name,
// line and column, which counts bytes; the other lines are returned all the
// same. A line may have 64 KiB.
func ReadExceptions(src io.Reader, file string) ([]Exception, error) {
	var list []Exception
	var errs []error
	lines := bufio.NewScanner(src)
	n := 0
	for lines.Scan() {
		n++
		e, column, err := readException(strings.TrimSuffix(lines.Text(), "\r"))
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s:%d:%d: %w", file, n, column, err))
		case e != (Exception{}):
			list = append(list, e)
		}
	}
	if err := lines.Err(); err != nil {
		errs = append(errs, fmt.Errorf("%s:%d:1: %w", file, n+1, err))
	}
	return list, errors.Join(errs...)
}

const allowBlanks = " \t"

// readException reads a line; one without an exception gives none.
func readException(line string) (e Exception, column int, err error) {
	rest := strings.TrimLeft(line, allowBlanks)
	at := func() int { return len(line) - len(rest) + 1 }
	if rest == "" || rest[0] == '#' {
		return e, 0, nil
	}
	id, _, _ := strings.Cut(rest, "#")
	id = id[:indexOrEnd(id, allowBlanks)]
	if id != "*" && !isLintRule(id) {
		known := []string{"*"}
		for _, r := range lintRules {
			known = append(known, r.ID)
		}
		return e, at(), fmt.Errorf("%s is no rule of lint: write one of %s", quote([]byte(id)), strings.Join(known, ", "))
	}
	rest = strings.TrimLeft(rest[len(id):], allowBlanks)
	metric := ""
	switch {
	case rest == "" || rest[0] == '#':
		return e, at(), fmt.Errorf("a metric's name expected after %s, * for every one", id)
	case rest[0] == '"':
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return e, at(), errors.New("a quoted name that does not end")
		}
		metric, _ = strconv.Unquote(quoted) // a QuotedPrefix can be unquoted
		rest = rest[len(quoted):]
	default:
		metric = rest[:indexOrEnd(rest, allowBlanks+"#")]
		rest = rest[len(metric):]
	}
	if rest = strings.TrimLeft(rest, allowBlanks); rest != "" && rest[0] != '#' {
		return e, at(), errors.New("more than an id and a metric: one exception a line")
	}
	return Exception{id, metric}, 0, nil
}

// indexOrEnd returns where the first of the characters stands in s.
func indexOrEnd(s, chars string) int {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return i
	}
	return len(s)
}

func (e Exception) allows(id, metric string) bool {
	return (e.ID == "*" || e.ID == id) && glob(e.Metric, metric)
}

// glob reports whether the pattern is that of s. It goes back to the last *
// alone, so that its time is the product of both lengths at most.
func glob(pattern, s string) bool {
	star, from := -1, 0 // the last * and what it took so far ends before from
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			if pattern[p] == '?' {
				i += runeLen(s[i:])
			} else {
				i++
			}
			p++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func runeLen(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}
