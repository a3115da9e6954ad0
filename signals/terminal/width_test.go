package terminal

import "testing"

func TestWidth(t *testing.T) {
	for _, tt := range []struct {
		name   string
		in     string
		want   int
		reason string
	}{
		{"empty", "", 0, "nothing"},
		{"dashes and dots", "abc–…", 5, "those of ours"},
		{"ambiguous", "…–αé×→", 6, "East Asian Ambiguous is narrow in every locale"},
		{"blocks of a sparkline", "▁▂▃▄▅▆▇█", 8, "ambiguous, too"},
		{"precomposed", "é", 1, "one code point"},
		{"combining", "e\u0301", 1, "an accent takes none"},
		{"several combining", "n\u0303\u0323", 1, "however many there are"},
		{"a combining mark alone", "\u0301", 0, "it stands on what went before"},
		{"Chinese, Japanese, Korean", "日本語漢한", 10, "two each"},
		{"half width", "ｱ", 1, "Halfwidth"},
		{"full width", "Ａ", 2, "Fullwidth"},
		{"emoji", "😀", 2, "Wide"},
		{"an emoji of several", "👩‍👩‍👧", 2, "one picture"},
		{"an emoji with its variation selector", "❤️", 2, "shown as a picture"},
		{"a flag", "🇩🇪", 2, "two code points are one picture"},
		{"colour", "\x1b[1;31mab\x1b[0m", 2, "escape sequences"},
		{"a broken escape sequence", "a\x1b[", 2, "one that breaks off sets no colour; Clean makes it visible"},
		{"Arabic", "سلام", 4, "one each"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, env := range []string{"", "1"} { // what go-runewidth goes by
				t.Setenv("RUNEWIDTH_EASTASIAN", env)
				t.Setenv("LC_ALL", map[string]string{"": "C", "1": "ja_JP.UTF-8"}[env])
				if got := Width(tt.in); got != tt.want {
					t.Errorf("Width(%q) is %d, want %d: %s", tt.in, got, tt.want, tt.reason)
				}
			}
		})
	}
}
