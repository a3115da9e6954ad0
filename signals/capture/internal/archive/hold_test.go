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
	for _, row := range []struct {
		name  string
		bytes []byte
	}{
		{"files", whole},
		{"an archive within", archivetest.TarFiles(t, pairs...)},
		{"cut", whole[:len(whole)/2]},
	} {
		refused := map[string]int{}
		for held := int64(0); held < 12<<20; held += 500_007 {
			for _, limits := range []Limits{
				{MaxHeld: held + 1}, {MaxHeld: held + 1, MaxMembers: 15}, {MaxHeld: held + 1, MaxTotal: 3 << 20}, {MaxHeld: held + 1, MaxMember: 100_000},
			} {
				one := readOn(1, row.bytes, limits)
				require.Equal(t, one, readOn(4, row.bytes, limits), "%s: %+v", row.name, limits)
				refused[strings.SplitN(one, "\n", 2)[0]]++
			}
		}
		for _, want := range []string{"", "cap: MaxHeld", "cap: MaxMembers", "cap: MaxTotal"} {
			require.NotZero(t, refused[want], "%s: %q is never the outcome: %v", row.name, want, refused)
		}
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
