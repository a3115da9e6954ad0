package lint

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/scrapebook/scrapebook/expfmt"
)

func surely(text string) (sure bool) {
	s, err := expfmt.Read(bytes.NewReader([]byte(text)), expfmt.Options{Check: true})
	return err == nil && surelyRead([]byte(text), s.Format, s.Problems)
}

// TestSurelyRead knows what promtool's reader takes, and asks where it does not
// know.
func TestSurelyRead(t *testing.T) {
	for _, tt := range []struct {
		text   string
		sure   bool
		reason string
	}{
		{"", true, "nothing"},
		{"a 1\n", true, "a sample"},
		{"a 1", false, "it ends within a line"},
		{"a{b=\"c\",d=\"\\\\ \\n \\\"\",} -1.5e3 123\n\n# note\n", true, "known escapes, a last comma, a time, a comment"},
		{"a{b=\"é\"} NaN\n", true, "UTF-8"},
		{"# HELP a \\\\ \\n\n# TYPE a counter\na 1\n", true, "metadata"},
		{"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n", true, "a problem that promtool does not know"},
		{"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count -1\n", false, "a negative count"},
		{"# TYPE h histogram\nh{le=\"x\"} 1\n", false, "le is no number"},
		{"# TYPE s summary\n# TYPE s_sum gauge\ns_sum 1\n", false, "TYPE twice, to promtool"},
		{"# TYPE s gauge\n# TYPE s_sum gauge\ns_sum 1\n", true, "a gauge has no sum"},
		{"a 1\n# TYPE a gauge\n", false, "TYPE after a sample"},
		{"#HELP a-b c\na 1\n", false, "to promtool no comment"},
		{"# TYPE a unknown\na 1\n", false, "no type of promtool's"},
		{"{\"a\"} 1\n", false, "a quoted name"},
		{"a 1 \n", false, "a blank at the end"},
		{"a\t1\n", false, "a tab"},
		{"a{b=\"\\x\"} 1\n", false, "an unknown escape"},
	} {
		if got := surely(tt.text); got != tt.sure {
			t.Errorf("%q: %t: %s", tt.text, got, tt.reason)
		}
		if err := promtool([]byte(tt.text)); tt.sure && err != nil {
			t.Errorf("%q: sure, but %v: %s", tt.text, err, tt.reason)
		}
	}
}

// Whatever a text is, what is surely read is read.
func TestSurelyReadIsRead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text, sure := changing, 0
	for range 4000 {
		if text = change(r, text); len(text) > 2000 || r.IntN(10) == 0 {
			text = changing
		}
		if surely(text) {
			sure++
			if err := promtool([]byte(text)); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
		}
	}
	if sure < 400 {
		t.Errorf("of 4000 texts %d are surely read", sure)
	}
}
