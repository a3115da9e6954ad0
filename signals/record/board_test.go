package record

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/terminal"
)

func boardOf(n, longName int) *Board {
	var targets []*Target
	for i := range n {
		instance := fmt.Sprintf("node-%03d", i) + strings.Repeat("x", longName)
		targets = append(targets, &Target{Job: "j", Labels: labels.FromStrings("job", "j", "instance", instance)})
	}
	b := NewBoard(targets)
	at := time.Unix(1_700_000_000, 0)
	for i := range n {
		o := Outcome{Target: i, At: at, Took: 12 * time.Millisecond, Bytes: 70 << 10}
		if i%10 == 7 {
			o.Failure = "no whole answer within 1s:\x1b[2J context deadline exceeded"
		}
		b.Note(o)
	}
	return b
}

// Fifty targets with names of any length fit the screen, whatever its size: the
// table takes no more rows than there are, and says how many targets it leaves
// out; each that it shows has its whole name.
func TestBoardFits(t *testing.T) {
	for _, long := range []int{0, 40, 200} {
		for _, width := range []int{20, 80, 200} {
			for _, height := range []int{3, 10, 22, 60, 300} {
				b := boardOf(50, long)
				lines := b.Lines(width, height)
				name := fmt.Sprintf("%d, %dx%d:\n%s", long, width, height, strings.Join(lines, "\n"))
				if rows := Rows(width, lines...); rows > height {
					require.Len(t, lines, 2, name) // of the head and the count alone
				}
				shown, more := 0, 0
				for _, line := range lines[1:] {
					switch {
					case strings.HasPrefix(line, "j/node-"):
						shown++
						require.Contains(t, line, strings.Repeat("x", long), name)
					case strings.HasPrefix(line, "    "):
						require.LessOrEqual(t, terminal.Width(line), width, name)
						require.NotContains(t, line, "\x1b", name)
					default:
						_, err := fmt.Sscanf(line, "and %d target", &more)
						require.NoError(t, err, name)
					}
				}
				require.Equal(t, 50, shown+more, name)
				if shown > 5 {
					require.Contains(t, lines[1], "j/node-007", "those that fail come first")
				}
			}
		}
	}
	require.Equal(t, "TARGET      SCRAPES  FAILED      LAST  TOOK      SIZE", boardOf(2, 0).Lines(80, 9)[0])
	require.Equal(t, "j/node-000        1       0  22:13:20  12ms  70.0 KiB", boardOf(2, 0).Lines(80, 9)[1])
	require.Equal(t, "j/node-000        1       0", boardOf(2, 0).Lines(32, 9)[1])
}

// News are what changes, once.
func TestBoardNews(t *testing.T) {
	b := boardOf(1, 0)
	var got []string
	for _, o := range []Outcome{{}, {Failure: "a"}, {Failure: "a"}, {Failure: "b"}, {}, {Lost: errors.New("full")}, {Lost: errors.New("full")}, {}} {
		got = append(got, b.Note(o))
	}
	const n = "j/node-000 "
	require.Equal(t, []string{"", n + "fails: a", "", n + "fails: b", n + "answers again", n + "cannot be saved: full", "", n + "is saved again"}, got)
}
