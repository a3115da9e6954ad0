package table

import "testing"

func TestTable(t *testing.T) {
	for _, tt := range []struct {
		name    string
		columns []Column
		rows    [][]string
		want    string
		reason  string
	}{
		{"empty", []Column{{}}, nil, "", "no rows, no lines"},
		{"aligned", []Column{{}, {Right: true}}, [][]string{{"a", "1"}, {"long", "100"}}, "a       1\nlong  100\n", "as wide as the widest, two blanks apart"},
		{"no blanks at the end", []Column{{}, {}}, [][]string{{"a", "b"}, {"c"}}, "a  b\nc\n", "a line can be compared as it is"},
		{"folded", []Column{{}, {Max: 5}, {}}, [][]string{{"x", "ab cd ef", "y"}}, "x  ab cd  y\n   ef\n", "between words"},
		{"folded in a word", []Column{{Max: 3}, {}}, [][]string{{"abcdefgh i", "y"}}, "abc  y\ndef\ngh\ni\n", "a word longer than a line"},
		{"wide", []Column{{}, {}}, [][]string{{"日本", "x"}, {"abcd", "x"}}, "日本  x\nabcd  x\n", "each takes two columns"},
		{"folded wide", []Column{{Max: 3}}, [][]string{{"日本"}}, "日\n本\n", "half a character does not fit"},
		{"narrower than a character", []Column{{Max: 1}}, [][]string{{"日本"}}, "日\n本\n", "it ends all the same"},
		{"folded, of several code points", []Column{{Max: 2}}, [][]string{{"e\u0301e\u0301e\u0301👩‍👩‍👧"}}, "e\u0301e\u0301\ne\u0301\n👩‍👩‍👧\n", "what is one to a reader stays together"},
		{"colour", []Column{{}, {}}, [][]string{{"\x1b[31mab\x1b[0m", "x"}, {"abc", "x"}}, "\x1b[31mab\x1b[0m   x\nabc  x\n", "colours take no room"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := Table{Columns: tt.columns}
			for _, row := range tt.rows {
				table.Row(row...)
			}
			if got := table.String(); got != tt.want {
				t.Errorf("%s\n got %q\nwant %q", tt.reason, got, tt.want)
			}
		})
	}
}
