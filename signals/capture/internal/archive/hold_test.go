package archive

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archivetest"
)

// An archive is the same, and refused for the same, on any number of cores.
func TestHoldOnAllCores(t *testing.T) {
	var pairs []string
	for i := range 40 {
		body := strings.Repeat(fmt.Sprintf("a_%d 1\n", i), 300*(i%7))
		switch i % 8 {
		case 3:
			body += archivetest.NoiseBytes(50_000 * i % 300_000)
		case 5:
			body = archivetest.NoiseBytes(holdWhole + i) // in parts
		}
		pairs = append(pairs, fmt.Sprintf("d/%d.prom", i), body)
	}
	whole := archivetest.TarFiles(t, pairs...)
	pairs[8], pairs[9] = "d/inner.tar", string(archivetest.TarFiles(t, pairs[:40]...))
	inner := archivetest.TarFiles(t, pairs...)
	var few []string
	for i := range 5 {
		few = append(few, fmt.Sprintf("d/%d.prom", i), archivetest.NoiseBytes(holdChunk))
	}
	large := archivetest.GzBytes(t, fmt.Appendf(nil, "%x", archivetest.NoiseBytes(holdWhole))) // too large once unpacked
	for _, row := range []struct {
		name     string
		bytes    []byte
		step     int64
		outcomes int
	}{
		{"files", whole, 300_007, 4},
		{"an archive within", inner, 500_007, 4},
		{"cut", whole[:len(whole)/2], 500_007, 4},
		{"few files", archivetest.TarFiles(t, few...), holdChunk / 4, 2},
		{"few files and a zip", archivetest.TarFiles(t, append(few, "d/z.zip", string(archivetest.ZipFiles(t, "z", few[1])))...), holdChunk / 4, 2},
		{"few files and a large one", archivetest.TarFiles(t, append(few, "d/l", string(large))...), holdChunk / 2, 2},
	} {
		refused := map[string]int{}
		for held := int64(0); held < 40*row.step; held += row.step {
			for _, limits := range []Limits{
				{MaxHeld: held + 1}, {MaxHeld: held + 1, MaxMembers: 15}, {MaxHeld: held + 1, MaxTotal: 3 << 20}, {MaxHeld: held + 1, MaxMember: 2*holdWhole - 20},
			} {
				one := readOn(1, row.bytes, limits)
				require.Equal(t, one, readOn(4, row.bytes, limits), "%s: %+v", row.name, limits)
				refused[strings.SplitN(one, "\n", 2)[0]]++
			}
		}
		require.Len(t, refused, row.outcomes, "%s: %v", row.name, refused)
	}
}

// readOn says all of an archive that is read on so many cores; the first line
// is the error.
func readOn(cores int, b []byte, limits Limits) string {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	a, _, err := Read(bufio.NewReader(bytes.NewReader(b)), nil, 0, "cap", limits, "x")
	if err != nil {
		return err.Error()
	}
	var s strings.Builder
	fsys, problems := a.Done()
	fmt.Fprintln(&s, "\n", a.left, a.total, a.holder.to.size, problems)
	_ = fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, _ error) error {
		body, err := fs.ReadFile(fsys, path)
		fmt.Fprintln(&s, path, d.IsDir(), len(body), err, string(body[:min(len(body), 20)]))
		return nil
	})
	return s.String()
}

// What is compressed ahead is bounded, and takes the same memory again.
func TestHoldAhead(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	left := int64(64 << 20)
	h := holder{to: chunks{left: &left}}
	where := make([]held, 100)
	most := 0
	for i := range where {
		_, err := h.hold(strings.NewReader(strings.Repeat("x", 1000)), holdWhole, &where[i])
		require.NoError(t, err)
		most = max(most, len(h.ahead))
		require.LessOrEqual(t, len(h.spare[0]), 5)
	}
	require.Equal(t, 4, most)
	require.NoError(t, h.settle())
	require.Empty(t, h.ahead)
	for i := 1; i < len(where); i++ {
		require.Equal(t, where[i-1].off+where[i-1].n, where[i].off, "they stand in their order")
	}
}
