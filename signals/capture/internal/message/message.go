// Package message makes names, numbers and causes fit for a sentence.
package message

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
)

// Show makes a name fit for a message: names are data, and may hold escape
// codes or be very long.
func Show(name string) string {
	const longest = 160
	cut := ""
	if len(name) > longest {
		name, cut = strings.ToValidUTF8(name[:longest], ""), "…"
	}
	plain := name != ""
	for _, r := range name {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			plain = false
			break
		}
	}
	if plain {
		return name + cut
	}
	return strconv.Quote(name) + cut
}

// List shows names, and that there are more when they are not all.
func List(names []string, total int) string {
	shown := make([]string, 0, len(names)+1)
	for _, n := range names {
		shown = append(shown, Show(n))
	}
	if total > len(names) {
		shown = append(shown, "…")
	}
	return strings.Join(shown, ", ")
}

func Plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func Times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// Cause takes off the path that the file system put around an error, which says
// nothing to a user who knows the file.
func Cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
