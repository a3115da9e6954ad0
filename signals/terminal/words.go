package terminal

import "strconv"

// Plural counts in words: "1 scrape", "2 scrapes".
func Plural(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + several
}
