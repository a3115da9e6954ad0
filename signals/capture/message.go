package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
)

// show makes a name fit for a message: names are data, and may hold escape codes or be very long.
func show(name string) string {
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

// showList shows names, and that there are more when they are not all.
func showList(names []string, total int) string {
	shown := make([]string, 0, len(names)+1)
	for _, n := range names {
		shown = append(shown, show(n))
	}
	if total > len(names) {
		shown = append(shown, "…")
	}
	return strings.Join(shown, ", ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// cause takes off the path that the file system put around an error, which says nothing to a user who knows the file.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
