package capture

import "testing"

func TestNearest(t *testing.T) {
	for _, row := range []struct{ name, wrong, want string }{
		{"a letter too few", "lables", "labels"},
		{"another case", "Interval", "interval"},
		{"a part of a longer key", "scrape_interval", "interval"},
		{"a dash for an underscore", "honor-labels", "honor_labels"},
		{"a longer key that has it", "track_timestamps", "track_timestamps_staleness"},
		{"British", "honour_labels", "honor_labels"},
		{"nothing near", "zebra", ""},
		{"a short word is not near a long one", "l", ""},
		{"empty", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := nearest(row.wrong, topKeys); got != row.want {
				t.Errorf("%q: %q, want %q", row.wrong, got, row.want)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 2}, {"same", "same", 0}} {
		if got := distance(row.a, row.b); got != row.want {
			t.Errorf("%q to %q: %d, want %d", row.a, row.b, got, row.want)
		}
	}
}
