package terminal

import "testing"

func TestWidth(t *testing.T) {
	for _, tt := range []struct {
		in     string
		want   int
		reason string
	}{
		{"", 0, "nothing"},
		{"abc–…", 5, "dashes and dots of ours"},
		{"é", 1, "one code point"},
		{"e\u0301", 1, "a combining accent takes none"},
		{"日本語", 6, "Wide"},
		{"ｱ", 1, "Halfwidth"},
		{"Ａ", 2, "Fullwidth"},
		{"😀", 2, "an emoji"},
		{"\x1b[1;31mab\x1b[0m", 2, "colours"},
		{"a\x1b[", 1, "an escape that breaks off"},
	} {
		if got := Width(tt.in); got != tt.want {
			t.Errorf("Width(%q) is %d, want %d: %s", tt.in, got, tt.want, tt.reason)
		}
	}
}

func TestWideIsSorted(t *testing.T) {
	for i, r := range wide {
		if r[0] > r[1] || i > 0 && wide[i-1][1] >= r[0] {
			t.Errorf("%x-%x is not in its place", r[0], r[1])
		}
	}
}
