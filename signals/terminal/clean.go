package terminal

import (
	"strconv"
	"strings"
	"unicode"
)

// Clean makes text from a capture fit for a terminal: control, bidi and other
// invisible characters become visible escapes.
func Clean(s string) string {
	bad := func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }
	if strings.IndexFunc(s, bad) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if bad(r) {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
