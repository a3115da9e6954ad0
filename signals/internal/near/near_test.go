package near

import (
	"strings"
	"testing"
)

func TestWord(t *testing.T) {
	keys := []string{"job", "labels", "interval", "honor_labels", "honor_timestamps", "track_timestamps_staleness", "sample_limit", strings.Repeat("x", 65)}
	for _, row := range []struct{ name, reason, wrong, want string }{
		{"a letter too few", "one edit is within a third of six letters", "lables", "labels"},
		{"another case", "case does not matter", "Interval", "interval"},
		{"a part of a longer key", "a part counts when no word is close", "scrape_interval", "interval"},
		{"a dash for an underscore", "a replaced character is one edit", "honor-labels", "honor_labels"},
		{"the beginning of a key", "a beginning is as good as no edit", "track_timestamps", "track_timestamps_staleness"},
		{"British", "an inserted letter is one edit", "honour_labels", "honor_labels"},
		{"nothing close", "more than a third would change", "zebra", ""},
		{"a short word", "parts of fewer than four letters say nothing", "l", ""},
		{"empty", "nothing was meant", "", ""},
		{"too long", "words above 64 bytes are not corrected", strings.Repeat("x", 66), ""},
		{"a proposal too long", "words above 64 bytes are not proposed", strings.Repeat("x", 64), ""},
	} {
		if row.name == "" || row.reason == "" {
			t.Fatalf("a row has no name or no reason: %+v", row)
		}
		t.Run(row.name, func(t *testing.T) {
			if got := Word(row.wrong, keys); got != row.want {
				t.Errorf("%q: %q, want %q: %s", row.wrong, got, row.want, row.reason)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	for _, row := range []struct {
		name, reason, a, b string
		want               int
	}{
		{"both empty", "nothing to change", "", "", 0},
		{"from nothing", "every character is inserted", "", "abc", 3},
		{"to nothing", "every character is deleted", "abc", "", 3},
		{"the textbook's", "two replaced, one inserted", "kitten", "sitting", 3},
		{"swapped", "a transposition is two edits", "ab", "ba", 2},
		{"the same", "nothing to change", "same", "same", 0},
		{"an umlaut", "a character counts once, whatever its bytes", "zähler", "zahler", 1},
		{"as long as is compared", "256 bytes are", strings.Repeat("a", 256), strings.Repeat("a", 255) + "b", 1},
		{"hostile", "beyond 256 bytes nothing is compared", strings.Repeat("a", 257), "a", 257},
	} {
		if row.name == "" || row.reason == "" {
			t.Fatalf("a row has no name or no reason: %+v", row)
		}
		t.Run(row.name, func(t *testing.T) {
			if got := Distance(row.a, row.b); got != row.want {
				t.Errorf("%q to %q: %d, want %d: %s", row.a, row.b, got, row.want, row.reason)
			}
		})
	}
}
