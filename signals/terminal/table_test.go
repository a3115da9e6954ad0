package terminal

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	heads := []Column{{Head: "NAME"}, {Head: "ON", Least: 6, Yield: 2}, {Head: "N", Right: true, Yield: 1}}
	for _, tt := range []struct {
		name   string
		table  Table
		rows   [][]string
		want   string
		reason string
	}{
		{"empty", Table{Columns: heads}, nil, "", "no rows, no lines"},
		{"aligned", Table{Columns: []Column{{}, {Right: true}}}, [][]string{{"a", "1"}, {"long", "100"}}, "a       1\nlong  100\n", "as wide as the widest, two blanks apart"},
		{"no blanks at the end", Table{Columns: make([]Column, 2)}, [][]string{{"a", "b"}, {"c"}}, "a  b\nc\n", "a line can be compared as it is"},
		{"heads", Table{Columns: heads}, [][]string{{"a", "b c", "1"}}, "NAME  ON   N\na     b c  1\n", "each above its column"},
		{"indented", Table{Indent: 2, Columns: make([]Column, 1)}, [][]string{{"a"}}, "  a\n", "each row"},
		{"a column without anything", Table{Columns: make([]Column, 3)}, [][]string{{"a", "", "b"}}, "a  b\n", "takes no room"},
		{"folded", Table{Width: 15, Columns: heads}, [][]string{{"a", "ab cd ef", "1"}}, "NAME  ON      N\na     ab cd   1\n      ef\n", "between words"},
		{"the first gives way", Table{Width: 12, Columns: heads}, [][]string{{"a", "ab cd ef", "1"}}, "NAME  ON\na     ab cd\n      ef\n    N 1\n", "it stands below, behind its head"},
		{"the second gives way", Table{Width: 9, Columns: heads}, [][]string{{"abcdef", "x", "1"}}, "NAME\nabcdef\n    ON x\n    N 1\n", "each in a line of its own where they do not fit into one"},
		{"two below in one line", Table{Width: 13, Columns: heads}, [][]string{{"abcdefghij", "x", "1"}}, "NAME\nabcdefghij\n    ON x  N 1\n", "where they fit"},
		{"below, of several words", Table{Width: 10, Columns: heads}, [][]string{{"abcdef", "x yyy zz", ""}}, "NAME\nabcdef\n    ON x\n    yyy zz\n", "folded between them"},
		{"a name longer than all", Table{Width: 6, Columns: heads}, [][]string{{"abcdefgh", "ijklmnop", "1"}}, "NAME\nabcdefgh\n    ON\nijklmnop\n    N\n    1\n", "alone in its line, whole"},
		{"a name with blanks", Table{Width: 12, Columns: heads}, [][]string{{"a", Whole("ab cd ef"), "1"}}, "NAME\na\n    ON\n    ab cd ef\n    N 1\n", "is one word"},
		{"nothing below", Table{Width: 8, Columns: heads}, [][]string{{"abcdef", "", ""}}, "NAME\nabcdef\n", "an empty cell is no line"},
		{"wide characters", Table{Columns: make([]Column, 2)}, [][]string{{"日本", "x"}, {"abcd", "x"}}, "日本  x\nabcd  x\n", "each takes two columns"},
		{"of several code points", Table{Columns: make([]Column, 2)}, [][]string{{"e\u0301", "x"}, {"👩‍👩‍👧", "x"}}, "e\u0301   x\n👩‍👩‍👧  x\n", "as wide as they are shown"},
		{"colour", Table{Columns: make([]Column, 2)}, [][]string{{"\x1b[31mab\x1b[0m", "x"}, {"abc", "x"}}, "\x1b[31mab\x1b[0m   x\nabc  x\n", "colours take no room"},
		{"folded, indented", Table{Width: 8, Columns: []Column{{Least: 4}}}, [][]string{{"  ab cd ef"}}, "  ab cd\n  ef\n", "what follows stands below its start"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, row := range tt.rows {
				tt.table.Row(row...)
			}
			if got := tt.table.String(); got != tt.want {
				t.Errorf("%s\n got %q\nwant %q", tt.reason, got, tt.want)
			}
		})
	}
}

// What rows share is shown once on a screen and in each line elsewhere.
func TestTableMore(t *testing.T) {
	for width, want := range map[int]string{
		0:  "A   N  ON\nab  7  x\nab  7  x\ncd  7  x\n",
		80: "A   N  ON\nab  7  x\n       x\ncd     x\n",
		8:  "A   N\nab  7\n    ON x\n    ON x\ncd\n    ON x\n",
	} {
		table := Table{Width: width, Columns: []Column{{Head: "A", Once: true}, {Head: "N", Right: true, Once: true}, {Head: "ON", Yield: 1}}}
		table.Row("ab", "7", "x")
		table.More("ab", "7", "x")
		table.More("cd", "7", "x")
		if got := table.String(); got != want {
			t.Errorf("%d columns:\n got %q\nwant %q", width, got, want)
		}
	}
}

func TestTableRefusesCells(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a row with more cells than columns is a mistake that nobody hears of")
		}
	}()
	(&Table{Columns: make([]Column, 1)}).Row("a", "b")
}

// names are those that people have, and worse.
var names = []string{
	"a", "node-a", "ip-10-0-128-47.eu-central-1.compute.internal", "10.0.0.1:10249", "[2001:db8::1]:10249",
	"arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/k8s-ingress-0123456789/50dc6c495c0c9188",
	"KubeControllerManagerCertificateExpirationInLessThanSevenDays", "日本語の名前サーバー一号機", "👩‍👩‍👧🇩🇪 team", "Ünïcödé e\u0301e\u0301 name", "with some blanks in it",
	`\x1b[2J\u202e`, strings.Repeat("x", 300),
}

// No name is split at any width, and nothing is wider than asked but a name
// that alone is.
func TestTableAtAnyWidth(t *testing.T) {
	columns := []Column{{Head: "VERDICT", Once: true, Yield: 6}, {Head: "ALERT", Once: true}, {Head: "WHEN", Yield: 5}, {Head: "ON", Least: 6, Yield: 4}, {Head: "WORST", Least: 11, Yield: 3}, {Head: "SEEN", Once: true, Right: true, Yield: 2}}
	for _, indent := range []int{0, 2} {
		for _, width := range []int{0, 1, 7, 40, 60, 80, 120, 200} {
			for i, name := range names {
				table := Table{Width: width, Indent: indent, Columns: columns}
				on := names[(i+5)%len(names)]
				table.Row("inactive", Whole(name), Whole("07:12:55 – end"), Whole(on), "0.0159, not > 0.5", "112")
				table.More("inactive", Whole(name), Whole("07:13:55 – end"), Whole(names[1])+" "+Whole(on), "12345678901234567890", "112")
				text := table.String()
				for _, whole := range []string{name, on, "07:12:55 – end", "07:13:55 – end", "12345678901234567890", "112", "inactive"} {
					if !strings.Contains(text, whole) {
						t.Errorf("at %d columns %q is not whole:\n%s", width, whole, text)
					}
				}
				for line := range strings.Lines(text) {
					line = strings.TrimSuffix(line, "\n")
					if width > 0 && Width(line) > width && !alone(strings.TrimSpace(line), name, on) {
						t.Errorf("wider than %d columns:\n%s\nin\n%s", width, line, text)
					}
				}
				if width == 0 && strings.Count(text, "\n") != 3 {
					t.Errorf("piped, a row is no line:\n%s", text)
				}
			}
		}
	}
}

// alone tells whether a line is nothing but one word of ours.
func alone(line string, own ...string) bool {
	own = append(own, "07:12:55 – end", "07:13:55 – end")
	for _, s := range own {
		if line == s {
			return true
		}
	}
	return !strings.Contains(line, " ")
}
