package capture

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/scrapebook/scrapebook/signals/capture/internal/archivetest"
	"github.com/stretchr/testify/require"
)

const (
	good   = "k/x/1795244469930.prom" // the member of every hostile archive that is to be read
	bad    = "k/y/1795244469930.prom"
	zeroed = "k/z/1795244469930.prom"
)

// A childReport is what a process of its own says of an archive.
type childReport struct {
	Scrapes  []string // File, and why it failed
	Problems []string // ids and files
	Err      string
	Limit    string
	HighMB   int
}

// TestMain is also the process that TestHostileArchives starts.
func TestMain(m *testing.M) {
	if path := os.Getenv("SCRAPEBOOK_ARCHIVE"); path != "" {
		if err := reportArchive(path, os.Getenv("SCRAPEBOOK_REPORT")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// reportArchive opens and streams an archive, and writes what came of it.
func reportArchive(path, report string) error {
	var r childReport
	c, err := OpenPath(path, os.Stdin, Options{})
	var limit *LimitError
	if errors.As(err, &limit) {
		r.Limit = limit.Limit
	}
	if err != nil {
		r.Err = err.Error()
	} else {
		for s := c.Stream(); s.Next(); {
			line := s.Scrape().File
			if s.Scrape().Err != nil {
				line += " " + s.Scrape().Err.Error()
			}
			if len(r.Scrapes) < 20 {
				r.Scrapes = append(r.Scrapes, line)
			}
		}
		r.Problems = ids(c.Problems)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				return err
			}
			r.HighMB = kb >> 10
		}
	}
	out, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(report, out, 0o600)
}

// child opens an archive, streams it, and says what that took. Nothing but the
// report may be written.
func child(t *testing.T, stdin bool, archive string) childReport {
	t.Helper()
	dir, reports := t.TempDir(), t.TempDir()
	home := filepath.Join(dir, "a", "b", "c", "d") // that ../../.. stays where it is seen
	require.NoError(t, os.MkdirAll(filepath.Join(home, "tmp"), 0o700))
	before := listed(t, dir)

	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Dir = home
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GOMEMLIMIT=") && !strings.HasPrefix(v, "GOGC=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	report := filepath.Join(reports, "report")
	if stdin {
		f, err := os.Open(archive)
		require.NoError(t, err)
		defer f.Close()
		archive, cmd.Stdin = "-", f
	}
	cmd.Env = append(cmd.Env, "SCRAPEBOOK_ARCHIVE="+archive, "SCRAPEBOOK_REPORT="+report, "TMPDIR="+filepath.Join(home, "tmp"), "HOME="+home)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, before, listed(t, dir), "something was written")
	data, err := os.ReadFile(report)
	require.NoError(t, err)
	var r childReport
	require.NoError(t, json.Unmarshal(data, &r))
	return r
}

func listed(t *testing.T, dir string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		names = append(names, path)
		return err
	}))
	return names
}

// tarTo writes a tar of members whose bodies may be streams.
func tarTo(t *testing.T, w io.Writer, members ...streamed) {
	t.Helper()
	innerTo(t, w, append([]streamed{{good, 4, strings.NewReader("a 1\n")}}, members...)...)
}

func innerTo(t *testing.T, w io.Writer, members ...streamed) {
	t.Helper()
	tw := tar.NewWriter(w)
	for _, m := range members {
		require.NoError(t, tw.WriteHeader(&tar.Header{Name: m.name, Size: m.size, Mode: 0o644, ModTime: archivetest.MemberTime}))
		_, err := io.CopyN(tw, m.r, m.size)
		require.NoError(t, err)
	}
	require.NoError(t, tw.Close())
}

type streamed struct {
	name string
	size int64
	r    io.Reader
}

func gzTo(t *testing.T, w io.Writer, write func(w io.Writer)) {
	t.Helper()
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	require.NoError(t, err)
	write(z)
	require.NoError(t, z.Close())
}

// longBody is a scrape of n bytes that says something.
func longBody(n int64) io.Reader {
	return io.LimitReader(io.MultiReader(strings.NewReader("a 1\n"), zeros{}), n)
}

// huge writes a tar with a header that claims 1 TiB and breaks off soon after
// it.
func huge(t *testing.T, h tar.Header) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: good, Size: 4, Mode: 0o644, ModTime: archivetest.MemberTime}))
	_, err := io.WriteString(w, "a 1\n")
	require.NoError(t, err)
	h.Mode, h.ModTime, h.Size = 0o644, archivetest.MemberTime, 1<<40
	require.NoError(t, w.WriteHeader(&h))
	_, err = w.Write(make([]byte, 4096))
	require.NoError(t, err)
	return buf.Bytes()
}

// A hostileArchive is one that somebody made to do harm. Beside what it is
// named for, each has the good member, which is read all the same.
type hostileArchive struct {
	name     string
	write    func(t *testing.T, w io.Writer)
	scrapes  []string // besides the good one
	problems []string
	limit    string // instead of the above
}

// whole writes an archive that is there as a whole.
func whole(archive func(t *testing.T) []byte) func(*testing.T, io.Writer) {
	return func(t *testing.T, w io.Writer) {
		_, err := w.Write(archive(t))
		require.NoError(t, err)
	}
}

// tarOf writes a tar of the good member and these.
func tarOf(members ...archivetest.TarMember) func(*testing.T, io.Writer) {
	return whole(func(t *testing.T) []byte {
		return archivetest.TarOf(t, append([]archivetest.TarMember{archivetest.File(good, "a 1\n")}, members...)...)
	})
}

const tooLarge = bad + " the file cannot be read: the body is too large: more than 33554432 bytes"

// Members whose names or kinds lead out of the archive, or to a terminal.
var hostileNames = []hostileArchive{
	{"traversal", tarOf(archivetest.File("../../../"+bad, "b 1"), archivetest.File("k/../../"+bad, "b 1"), archivetest.File("..", "b")), nil,
		[]string{"archive-name ../../../" + bad, "archive-name k/../../" + bad, "archive-name .."}, ""},
	{"absolute", tarOf(archivetest.File("/tmp/"+bad, "b 1"), archivetest.File("C:/"+bad, "b 1"), archivetest.File(`\\host\share\1795244469930.prom`, "b 1")), nil,
		[]string{"archive-name /tmp/" + bad, "archive-name C:/" + bad, `archive-name \\host\share\1795244469930.prom`}, ""},
	{"a symbolic link, and a file behind it", tarOf(archivetest.Member(tar.Header{Name: "k/l", Typeflag: tar.TypeSymlink, Linkname: "/etc"}, ""), archivetest.File("k/l/1795244469930.prom", "b 1")),
		[]string{"k/l/1795244469930.prom"}, []string{"archive-link k/l"}, ""},
	{"a hard link", tarOf(archivetest.Member(tar.Header{Name: bad, Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}, "")), nil, []string{"archive-link " + bad}, ""},
	{"devices", tarOf(archivetest.Member(tar.Header{Name: bad, Typeflag: tar.TypeBlock, Devmajor: 8}, ""),
		archivetest.Member(tar.Header{Name: "k/c/1795244469930.prom", Typeflag: tar.TypeChar}, ""), archivetest.Member(tar.Header{Name: "k/p/1795244469930.prom", Typeflag: tar.TypeFifo}, "")), nil,
		[]string{"archive-special " + bad, "archive-special k/c/1795244469930.prom", "archive-special k/p/1795244469930.prom"}, ""},
	{"duplicate and case-colliding names", tarOf(archivetest.File(good, "a 1\n"), archivetest.File("K/x/1795244469931.prom", "b 1"), archivetest.File("k/X/1795244469931.prom", "b 1"), archivetest.File("k/x", "b 1"), archivetest.File(good+"/1795244469931.prom", "b 1")), nil,
		[]string{"archive-duplicate " + good, "archive-duplicate K/x/1795244469931.prom", "archive-duplicate k/X/1795244469931.prom", "archive-duplicate k/x", "archive-duplicate " + good + "/1795244469931.prom"}, ""},
	{"escape codes in names", tarOf(archivetest.File("k/\x1b]0;pwned\x07/1795244469930.prom", "b 1"), archivetest.File("k/\u202egnp.prom", "b"), archivetest.File("k/\u009b31m", "b"), archivetest.File("k/a\nb", "b")), nil,
		[]string{`archive-name "k/\x1b]0;pwned\a/1795244469930.prom"`, `archive-name "k/\u202egnp.prom"`, `archive-name "k/\u009b31m"`, `archive-name "k/a\nb"`}, ""},
}

// What is small and becomes large.
var hostileSizes = []hostileArchive{
	{"a header that claims 1 TiB", whole(func(t *testing.T) []byte { return huge(t, tar.Header{Name: bad}) }), []string{tooLarge}, []string{"archive-member-size " + bad, "archive-damaged "}, ""},
	{"nested bombs", func(t *testing.T, w io.Writer) {
		bomb := func(w io.Writer) { // 3 GiB of members that are not too large each
			gzTo(t, w, func(w io.Writer) {
				var members []streamed
				for i := range 100 {
					members = append(members, streamed{"z/n" + strconv.Itoa(i) + "/1795244469930.prom", 30 << 20, longBody(30 << 20)})
				}
				innerTo(t, w, members...)
			})
		}
		var one, two, three bytes.Buffer
		bomb(&one)
		gzTo(t, &two, func(w io.Writer) {
			innerTo(t, w, streamed{"deep.tar.gz", int64(one.Len()), bytes.NewReader(one.Bytes())})
		})
		three.Write(archivetest.ZipFiles(t, "bomb.zip", string(archivetest.ZipFiles(t, "bomb.zip", "x"))))
		gzTo(t, w, func(w io.Writer) {
			tarTo(t, w, streamed{"flat.tgz", int64(one.Len()), bytes.NewReader(one.Bytes())}, streamed{"two", int64(two.Len()), bytes.NewReader(two.Bytes())},
				streamed{"three", int64(three.Len()), bytes.NewReader(three.Bytes())})
		})
	}, nil, []string{"archive-nested flat.tgz", "archive-nested two/deep.tar.gz", "archive-nested two", "archive-nested three/bomb.zip", "archive-nested three"}, ""},
	{"a 1 GiB member of zeros", func(t *testing.T, w io.Writer) {
		gzTo(t, w, func(w io.Writer) { tarTo(t, w, streamed{bad, 1 << 30, longBody(1 << 30)}) })
	}, []string{tooLarge}, []string{"archive-member-size " + bad}, ""},
	{"a sparse file of 1 TiB", whole(sparse), []string{tooLarge}, []string{"archive-member-size " + bad}, ""},
	{"a zip with a member of zeros", func(t *testing.T, w io.Writer) {
		z := zip.NewWriter(w)
		z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
		for _, m := range []streamed{{good, 4, strings.NewReader("a 1\n")}, {bad, 1 << 30, longBody(1 << 30)}} {
			f, err := z.Create(m.name)
			require.NoError(t, err)
			_, err = io.CopyN(f, m.r, m.size)
			require.NoError(t, err)
		}
		require.NoError(t, z.Close())
	}, []string{tooLarge}, []string{"archive-member-size " + bad}, ""},
	{"a zip that says its zeros are few", whole(liar), []string{bad + " the file cannot be read: its sizes do not agree with what it has"}, []string{"archive-damaged " + bad}, ""},
	{"bodies that are bombs: gzip, and zstd that looks back far", func(t *testing.T, w io.Writer) {
		var gzipped, zst bytes.Buffer
		gzTo(t, &gzipped, func(w io.Writer) { _, err := io.Copy(w, longBody(1<<30)); require.NoError(t, err) })
		z, err := zstd.NewWriter(&zst, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(128<<20))
		require.NoError(t, err)
		_, err = io.Copy(z, longBody(1<<30))
		require.NoError(t, err)
		require.NoError(t, z.Close())
		tarTo(t, w, streamed{bad + ".gz", int64(gzipped.Len()), &gzipped}, streamed{zeroed + ".zst", int64(zst.Len()), &zst})
	}, []string{bad + ".gz the file cannot be read: the body is too large: more than 33554432 bytes", zeroed + ".zst the file cannot be read: the zstd data looks back too far (--long, --ultra)"},
		[]string{"archive-member-size " + bad + ".gz", "archive-damaged " + zeroed + ".zst"}, ""},
}

// What is large, as a whole or by the number of its members.
var hostileAmounts = []hostileArchive{
	{"bodies of the largest size, and as much as may be held", func(t *testing.T, w io.Writer) {
		noise := archivetest.NoiseBytes(30 << 20)
		tarTo(t, w, streamed{bad, int64(len(noise)), strings.NewReader(noise)}, streamed{"k/n/1795244469930.prom", int64(len(noise)), strings.NewReader(noise)}, streamed{zeroed, 32 << 20, longBody(32 << 20)})
	}, []string{bad, "k/n/1795244469930.prom", zeroed}, nil, ""},
	{"more than may be held", func(t *testing.T, w io.Writer) {
		noise := archivetest.NoiseBytes(30 << 20)
		gzTo(t, w, func(w io.Writer) {
			tarTo(t, w, streamed{"a", int64(len(noise)), strings.NewReader(noise)}, streamed{"b", int64(len(noise)), strings.NewReader(noise)}, streamed{"c", int64(len(noise)), strings.NewReader(noise)})
		})
	}, nil, nil, "MaxHeld"},
	{"very many members", func(t *testing.T, w io.Writer) {
		gzTo(t, w, func(w io.Writer) {
			var members []streamed
			for i := range 200_000 {
				members = append(members, streamed{"k/x/" + strconv.Itoa(1795244469931+i) + ".prom", 0, strings.NewReader("")})
			}
			tarTo(t, w, members...)
		})
	}, nil, nil, "MaxHeld"},
	{"very many members with bad names", func(t *testing.T, w io.Writer) {
		gzTo(t, w, func(w io.Writer) {
			var members []streamed
			for range 1_000_000 {
				members = append(members, streamed{"/", 0, strings.NewReader("")})
			}
			tarTo(t, w, members...)
		})
	}, nil, nil, "MaxMembers"},
	{"a zip's directory of very many entries", whole(manyEntries), nil, nil, "MaxHeld"},
}

// Of whatever is done to it an archive is read as far as it can be: nothing is
// written, memory stays below 200 MB, and each is a problem or a limit.
func TestHostileArchives(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is measured by /proc")
	}
	if testing.Short() {
		t.Skip("some of these decompress gigabytes")
	}
	for _, row := range slices.Concat(hostileNames, hostileSizes, hostileAmounts) {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hostile")
			f, err := os.Create(path)
			require.NoError(t, err)
			row.write(t, f)
			require.NoError(t, f.Close())
			for _, stdin := range []bool{false, true} {
				if stdin && row.limit != "" {
					continue // the same again, at length
				}
				r := child(t, stdin, path)
				t.Logf("%d MB, stdin %t: %s", r.HighMB, stdin, r.Err)
				require.Less(t, r.HighMB, 200)
				require.Greater(t, r.HighMB, 4, "it is measured")
				require.Equal(t, row.limit, r.Limit)
				if row.limit != "" {
					require.Contains(t, r.Err, "unpack it and pass the folder")
					continue
				}
				require.Empty(t, r.Err)
				if row.name == "nested bombs" {
					require.Contains(t, r.Scrapes, good)
					require.LessOrEqual(t, len(r.Scrapes), 20)
				} else {
					require.Equal(t, sorted(append([]string{good}, row.scrapes...)), sorted(r.Scrapes))
				}
				require.Equal(t, row.problems, r.Problems)
			}
		})
	}
}

// sparse is a tar with a file of 1 TiB that is one hole (GNU's old format).
func sparse(t *testing.T) []byte {
	t.Helper()
	b := archivetest.TarFiles(t, good, "a 1\n", bad, "")
	h := b[1024:1536]
	h[156] = tar.TypeGNUSparse
	copy(h[257:], "ustar  \x00")
	clear(h[345:512])
	copy(h[386:], "00000000000\x0000000000000\x00") // a fragment of nothing at 0
	h[483], h[489] = 0x80, 1                        // the size with its holes: 1<<40, in base 256
	checksum(h)
	return b
}

func checksum(h []byte) {
	copy(h[148:156], "        ")
	sum := 0
	for _, c := range h[:512] {
		sum += int(c)
	}
	copy(h[148:156], []byte(strconv.FormatInt(int64(sum+1<<18), 8)[1:]+"\x00 "))
}

// liar is a zip whose member claims 100 bytes and has 1 GiB.
func liar(t *testing.T) []byte {
	t.Helper()
	var packed, buf bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestSpeed)
	require.NoError(t, err)
	_, err = io.Copy(z, longBody(1<<30))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	w := zip.NewWriter(&buf)
	f, err := w.Create(good)
	require.NoError(t, err)
	_, err = io.WriteString(f, "a 1\n")
	require.NoError(t, err)
	f, err = w.CreateRaw(&zip.FileHeader{Name: bad, Method: zip.Deflate, CRC32: 1, CompressedSize64: uint64(packed.Len()), UncompressedSize64: 100})
	require.NoError(t, err)
	_, err = f.Write(packed.Bytes())
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// manyEntries is a zip with a directory of a million entries, all of one
// member.
func manyEntries(t *testing.T) []byte {
	t.Helper()
	b := archivetest.ZipFiles(t, "", "")
	dir := bytes.Index(b, []byte("PK\x01\x02"))
	end := bytes.Index(b, []byte("PK\x05\x06"))
	out := append([]byte{}, b[:dir]...)
	out = append(out, bytes.Repeat(b[dir:end], 1_000_000)...)
	tail := append([]byte{}, b[end:]...)
	size := len(out) - dir
	for i := range 4 {
		tail[12+i] = byte(size >> (8 * i))
	}
	tail[8], tail[9], tail[10], tail[11] = 0x40, 0x42, 0x40, 0x42 // 1,000,000 modulo 65,536
	return append(out, tail...)
}
