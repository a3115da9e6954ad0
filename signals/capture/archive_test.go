package capture

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture/internal/archive"
	"github.com/scrapebook/scrapebook/signals/capture/internal/archivetest"
	"github.com/stretchr/testify/require"
)

// streamOf tells all of a capture but the names of files: those of an archive
// are other ones.
func streamOf(t *testing.T, c *Capture) []string {
	t.Helper()
	var lines []string
	for s := c.Stream(); s.Next(); {
		sc := s.Scrape()
		lines = append(lines, fmt.Sprintf("%s/%s%v %d %v %d %q %v %x", sc.Target.Job, sc.Target.Instance, sc.Target.Labels, sc.Time, sc.Header, sc.Status, sc.Failure, sc.Err, sha256.Sum256(sc.Body)))
	}
	return lines
}

// An Archive says what the folder says that it was made of.
func TestArchivesAreFolders(t *testing.T) {
	captures := map[string]func(t *testing.T) fs.FS{}
	for _, name := range []string{"incident", "healthy", "flaky-apiserver"} {
		captures["shared "+name] = func(t *testing.T) fs.FS { return os.DirFS(real(t, name)) }
	}
	for _, f := range fixtures.List() {
		if f.Format == "capture" && f.Name != "article" { // whose files have no times
			captures["demo "+f.Name] = func(t *testing.T) fs.FS {
				fsys, err := fixtures.FS(f.Name)
				require.NoError(t, err)
				return fsys
			}
		}
	}
	for name, open := range captures {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "demo incident" {
				t.Skip("one will do")
			}
			fsys := open(t)
			want, err := Open(fsys, "cap", Options{})
			require.NoError(t, err)
			lines := streamOf(t, want)
			for ext, b := range archivetest.ArchivesOf(t, fsys) {
				path := filepath.Join(t.TempDir(), "cap"+ext)
				require.NoError(t, os.WriteFile(path, b, 0o600))
				c, err := OpenPath(path, nil, Options{})
				require.NoError(t, err)
				same(t, want, c, lines, ext)
				require.Equal(t, "cap", c.Name)
				require.Equal(t, want.Ignored, c.Ignored)

				if ext != ".zip" && ext != ".tar.gz" {
					continue // a stream is another matter for a zip alone
				}
				c, err = OpenPath("-", bytes.NewReader(b), Options{})
				require.NoError(t, err)
				same(t, want, c, lines, ext+" from stdin")
				require.Equal(t, "stdin", c.Name)
			}
		})
	}
}

func same(t *testing.T, want, c *Capture, lines []string, what string) {
	t.Helper()
	require.Equal(t, targetsOf(want), targetsOf(c), what)
	require.Equal(t, want.Problems, c.Problems, what)
	require.Equal(t, []int64{want.Start, want.End, int64(want.Interval)}, []int64{c.Start, c.End, int64(c.Interval)}, what)
	got := streamOf(t, c)
	require.Len(t, got, len(lines), what)
	for i := range lines {
		if lines[i] != got[i] {
			t.Fatalf("%s: scrape %d differs: %.300s … %.300s", what, i, lines[i], got[i])
		}
	}
}

// What lies in the archive as in a folder is understood as in a folder.
func TestArchiveLayouts(t *testing.T) {
	const at, at2 = "1795244469930.prom", "1795244469931.prom"
	for _, row := range []struct {
		name     string
		b        []byte
		want     []string
		problems []string
	}{
		{"names as `tar -C dir .` writes them", archivetest.TarOf(t, archivetest.Member(tar.Header{Name: "./", Typeflag: tar.TypeDir}, ""), archivetest.Member(tar.Header{Name: "./k/", Typeflag: tar.TypeDir}, ""), archivetest.File("./k/x/"+at, "1")),
			[]string{`k/x 0 k/x/` + at + ` 0 "1"`}, nil},
		{"a folder of the capture's name at the top", archivetest.TarFiles(t, "cap/k/x/"+at, "1", "cap/k/y/"+at, "2"), []string{`k/x 0 cap/k/x/` + at + ` 0 "1"`, `k/y 0 cap/k/y/` + at + ` 0 "2"`}, nil},
		{"headers and failures", archivetest.TarFiles(t, "k/x/1795244469930.headers", "HTTP/1.1 200 OK\n", "k/x/"+at, "1", "k/x/1795244469931.err", "refused"),
			[]string{`k/x 0 k/x/` + at + ` 200 "1"`, `k/x 1 k/x/1795244469931.err 0 "" failed: refused`}, nil},
		{"settings at the top", archivetest.TarFiles(t, "capture.yaml", "job: j", "x/"+at, "1"), []string{`j/x 0 x/` + at + ` 0 "1"`}, nil},
		{"settings in the only folder at the top, which is then the capture", archivetest.TarFiles(t, "made/capture.yaml", "job: j", "made/x/"+at, "1"), []string{`j/x 0 x/` + at + ` 0 "1"`}, nil},
		{"settings in one of several folders are nobody's", archivetest.TarFiles(t, "made/capture.yaml", "job: j", "made/x/"+at, "1", "y/"+at, "2"),
			[]string{`cap/y 0 y/` + at + ` 0 "2"`, `made/x 0 made/x/` + at + ` 0 "1"`}, []string{"manifest-name made/capture.yaml"}},
		{"bodies that are compressed, and more than once", archivetest.TarFiles(t, "k/x/"+at+".gz", gz("1"), "k/y/"+at+".zst", zst(gz("2")), "k/z/"+at, gz("3")),
			[]string{`k/x 0 k/x/` + at + `.gz 0 "1"`, `k/y 0 k/y/` + at + `.zst 0 "2"`, `k/z 0 k/z/` + at + ` 0 "3"`}, nil},
		{"an archive within, of all kinds", archivetest.TarFiles(t, "k/x.tar.gz", string(archivetest.GzBytes(t, archivetest.TarFiles(t, at, "1"))), "k/y.zip", string(archivetest.ZipFiles(t, at, "2")), "k/z", string(archivetest.TarFiles(t, at, "3")), "k/w.tzst", string(archivetest.ZstBytes(t, archivetest.TarFiles(t, at, "4")))),
			[]string{`k/w 0 k/w/` + at + ` 0 "4"`, `k/x 0 k/x/` + at + ` 0 "1"`, `k/y 0 k/y/` + at + ` 0 "2"`, `k/z 0 k/z/` + at + ` 0 "3"`}, nil},
		{"an archive within a zip", archivetest.ZipFiles(t, "k/x.tar", string(archivetest.TarFiles(t, at, "1")), "k/y.zip", string(archivetest.ZipFiles(t, at, "2"))), []string{`k/x 0 k/x/` + at + ` 0 "1"`, `k/y 0 k/y/` + at + ` 0 "2"`}, nil},
		{"a folder and an archive of the same name are one", archivetest.TarFiles(t, "k/x/"+at, "1", "k/x.tar", string(archivetest.TarFiles(t, at2, "2", at, "3"))),
			[]string{`k/x 0 k/x/` + at + ` 0 "1"`, `k/x 1 k/x/` + at2 + ` 0 "2"`}, []string{"archive-duplicate k/x/" + at, "archive-nested k/x.tar"}},
		{"a broken archive within does not hide the rest", archivetest.TarFiles(t, "k/x.tar.gz", string(archivetest.GzBytes(t, archivetest.TarFiles(t, at, "1", at2, archivetest.NoiseBytes(3000)))[:2000]), "k/y/"+at, "2"),
			[]string{`k/x 0 k/x/` + at + ` 0 "1"`, `k/y 0 k/y/` + at + ` 0 "2"`, `k/x 1 k/x/` + at2 + ` 0 "" error: the file cannot be read: the archive breaks off`},
			[]string{"archive-damaged k/x/" + at2, "archive-nested k/x.tar.gz"}},
		{"two tars, one behind the other", append(archivetest.TarFiles(t, "k/x/"+at, "1"), archivetest.TarFiles(t, "k/y/"+at, "2")...), []string{`k/x 0 k/x/` + at + ` 0 "1"`}, []string{"archive-damaged "}},
		{"a git archive's comment is no member", archivetest.TarOf(t, archivetest.Member(tar.Header{Name: "pax_global_header", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}}, ""), archivetest.File("k/x/"+at, "1")),
			[]string{`k/x 0 k/x/` + at + ` 0 "1"`}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mustOpenBytes(t, row.b, Options{})
			require.Equal(t, row.want, told(c))
			require.Equal(t, row.problems, ids(c.Problems))
		})
	}
}

// What is damaged keeps what is not.
func TestDamagedArchives(t *testing.T) {
	long := archivetest.NoiseBytes(3000)
	plain := archivetest.TarFiles(t, good, "a 1", bad, long, zeroed, "c 3")
	zipped := archivetest.ZipFiles(t, good, "a 1", bad, long, zeroed, "c 3")
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 0x10
		return b
	}
	wrongCRC := func(b []byte) []byte { b = bytes.Clone(b); b[len(b)-8] ^= 1; return b }
	wrongZst := archivetest.ZstBytes(t, archivetest.TarFiles(t, good, "a 1", bad, archivetest.NoiseBytes(300_000)))
	wrongZst[len(wrongZst)-1] ^= 1
	breaksOff := bad + ": the file cannot be read: the archive breaks off"
	for _, row := range []struct {
		name     string
		b        []byte
		want     []string
		problems []string
	}{
		{"a tar that breaks off in a member", plain[:3*512+1000], []string{good, breaksOff}, []string{"archive-damaged " + bad}},
		{"a tar that breaks off in a header", plain[:2*512+100], []string{good}, []string{"archive-damaged "}},
		{"a tar that breaks off between members, without an end", plain[:2*512], []string{good}, nil},
		{"a header whose checksum is wrong", flip(plain, 2*512+5), []string{good}, []string{"archive-damaged "}},
		{"gzip that breaks off in a member", archivetest.GzBytes(t, plain)[:1500], []string{good, breaksOff}, []string{"archive-damaged " + bad}},
		{"gzip whose checksum is wrong", wrongCRC(archivetest.GzBytes(t, plain)), []string{good, bad, zeroed}, []string{"archive-damaged "}},
		{"gzip without its end", archivetest.GzBytes(t, plain)[:len(archivetest.GzBytes(t, plain))-8], []string{good, bad, zeroed}, []string{"archive-damaged "}},
		{"something behind gzip", append(archivetest.GzBytes(t, plain), "rest"...), []string{good, bad, zeroed}, []string{"archive-damaged "}},
		{"zstd whose checksum is wrong, which is said with the last of its blocks", wrongZst, []string{good, bad + ": the file cannot be read: the checksum is wrong"}, []string{"archive-damaged " + bad}},
		{"a zip whose member has a wrong checksum", flip(zipped, bytes.Index(zipped, []byte(long[1000:1010]))),
			[]string{good, bad + ": the file cannot be read: the checksum is wrong", zeroed}, []string{"archive-damaged " + bad}},
		{"a zip that breaks off in a member", zipped[:bytes.Index(zipped, []byte(long[2000:2010]))], []string{good, breaksOff}, []string{"archive-damaged ", "archive-damaged " + bad}},
		{"a zip without its directory", zipped[:bytes.Index(zipped, []byte("PK\x01\x02"))], []string{good, bad, zeroed}, []string{"archive-damaged "}},
		{"a zip that breaks off in its directory", zipped[:bytes.Index(zipped, []byte("PK\x01\x02"))+70], []string{good, bad, zeroed}, []string{"archive-damaged "}},
		{"a zip without data descriptors and directory", withoutDescriptors(t, "", good, "a 1", bad, long, zeroed, "c 3"), []string{good, bad, zeroed}, []string{"archive-damaged "}},
		{"the same, a checksum wrong", withoutDescriptors(t, bad, good, "a 1", bad, long, zeroed, "c 3"), []string{good, bad + ": the file cannot be read: the checksum is wrong"}, []string{"archive-damaged ", "archive-damaged " + bad}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mustOpenBytes(t, row.b, Options{})
			var got []string
			for s := c.Stream(); s.Next(); {
				line := s.Scrape().File
				if s.Scrape().Err != nil {
					line += ": " + s.Scrape().Err.Error()
				}
				got = append(got, line)
			}
			require.Equal(t, row.want, got)
			require.Equal(t, row.problems, ids(c.Problems))
		})
	}
}

// withoutDescriptors makes a zip of stored members whose headers say all,
// without its directory.
func withoutDescriptors(t *testing.T, wrong string, pairs ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := 0; i+1 < len(pairs); i += 2 {
		h := &zip.FileHeader{Name: pairs[i], CRC32: archivetest.CrcOf(pairs[i+1]), CompressedSize64: uint64(len(pairs[i+1])), UncompressedSize64: uint64(len(pairs[i+1]))}
		if pairs[i] == wrong {
			h.CRC32++
		}
		f, err := w.CreateRaw(h)
		require.NoError(t, err)
		_, err = io.WriteString(f, pairs[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return buf.Bytes()[:bytes.Index(buf.Bytes(), []byte("PK\x01\x02"))]
}

// Zips of all that zips may have.
func TestZips(t *testing.T) {
	of := func(members ...func(w *zip.Writer)) []byte {
		var buf bytes.Buffer
		w := zip.NewWriter(&buf)
		w.RegisterCompressor(zstd.ZipMethodWinZip, zstd.ZipCompressor())
		for _, m := range members {
			m(w)
		}
		require.NoError(t, w.Close())
		return buf.Bytes()
	}
	put := func(h zip.FileHeader, body string) func(*zip.Writer) {
		return func(w *zip.Writer) {
			f, err := w.CreateHeader(&h)
			require.NoError(t, err)
			_, err = io.WriteString(f, body)
			require.NoError(t, err)
		}
	}
	raw := func(h zip.FileHeader, body string) func(*zip.Writer) {
		return func(w *zip.Writer) {
			h.CompressedSize64, h.UncompressedSize64, h.CRC32 = uint64(len(body)), uint64(len(body)), archivetest.CrcOf(body)
			f, err := w.CreateRaw(&h)
			require.NoError(t, err)
			_, err = io.WriteString(f, body)
			require.NoError(t, err)
		}
	}
	link := zip.FileHeader{Name: bad}
	link.SetMode(fs.ModeSymlink | 0o777)
	device := zip.FileHeader{Name: bad}
	device.SetMode(fs.ModeDevice | 0o600)
	ok := put(zip.FileHeader{Name: good, Method: zip.Deflate}, "a 1")
	okLine, badLine := `k/x 0 `+good+` 0 "a 1"`, `k/y 0 `+bad+` 0 "b 2"`
	failed := func(why string) string {
		return `k/y 0 ` + bad + ` 0 "" error: the file cannot be read: ` + why
	}
	overlapping := of(ok, raw(zip.FileHeader{Name: bad}, "b 2"), raw(zip.FileHeader{Name: zeroed}, "b 2"))
	second := bytes.LastIndex(overlapping, []byte("PK\x01\x02"))
	first := bytes.LastIndex(overlapping[:second], []byte("PK\x01\x02"))
	copy(overlapping[second+42:second+46], overlapping[first+42:first+46]) // the local header of the one before it

	for _, row := range []struct {
		name     string
		b        []byte
		want     []string
		problems []string
	}{
		{"stored, with a descriptor and without", of(put(zip.FileHeader{Name: good}, "a 1"), raw(zip.FileHeader{Name: bad}, "b 2")), []string{okLine, badLine}, nil},
		{"folders are no members", of(put(zip.FileHeader{Name: "k/"}, ""), ok), []string{okLine}, nil},
		{"zstd", of(ok, put(zip.FileHeader{Name: bad, Method: zstd.ZipMethodWinZip}, "b 2")), []string{okLine, badLine}, nil},
		{"a method that is not known", of(ok, raw(zip.FileHeader{Name: bad, Method: 99}, "b 2")), []string{okLine, failed("its method of compression (99) is not known")}, []string{"archive-method " + bad}},
		{"encrypted", of(ok, raw(zip.FileHeader{Name: bad, Flags: 1}, "b 2")), []string{okLine, failed("it is encrypted")}, []string{"archive-encrypted " + bad}},
		{"a symbolic link", of(ok, put(link, "/etc/passwd")), []string{okLine}, []string{"archive-link " + bad}},
		{"a device", of(ok, put(device, "")), []string{okLine}, []string{"archive-special " + bad}},
		{"names", of(ok, put(zip.FileHeader{Name: "../" + bad}, "b"), put(zip.FileHeader{Name: "/" + bad}, "b"), put(zip.FileHeader{Name: `k/y\1.prom`}, "b"), put(zip.FileHeader{Name: ""}, "b"), put(zip.FileHeader{Name: "k/\xff.prom", NonUTF8: true}, "b")),
			[]string{okLine}, []string{"archive-name ../" + bad, "archive-name /" + bad, `archive-name k/y\1.prom`, "archive-name ", `archive-name "k/\xff.prom"`}},
		{"members that overlap", overlapping, []string{okLine, badLine, `k/z 0 ` + zeroed + ` 0 "" error: the file cannot be read: it shares its bytes with another member`}, []string{"archive-overlap " + zeroed}},
		{"zip64", zip64Of(t, of(ok)), []string{okLine}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mustOpenBytes(t, row.b, Options{})
			require.Equal(t, row.want, told(c))
			require.Equal(t, row.problems, ids(c.Problems))
		})
	}
}

// zip64Of puts the end of a zip's directory into the form of zip64
// (APPNOTE.TXT, 4.3.14 and 4.3.15).
func zip64Of(t *testing.T, b []byte) []byte {
	t.Helper()
	at := bytes.Index(b, []byte("PK\x05\x06"))
	end := b[at:]
	le := binary.LittleEndian
	rec := []byte("PK\x06\x06")
	rec = le.AppendUint64(rec, 44)
	rec = append(rec, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	rec = le.AppendUint64(rec, uint64(le.Uint16(end[8:])))
	rec = le.AppendUint64(rec, uint64(le.Uint16(end[10:])))
	rec = le.AppendUint64(rec, uint64(le.Uint32(end[12:])))
	rec = le.AppendUint64(rec, uint64(le.Uint32(end[16:])))
	rec = append(rec, "PK\x06\x07\x00\x00\x00\x00"...)
	rec = le.AppendUint64(rec, uint64(at))
	rec = append(rec, 1, 0, 0, 0)
	tail := bytes.Clone(end)
	for i := 8; i < 20; i++ {
		tail[i] = 0xff
	}
	return append(append(bytes.Clone(b[:at]), rec...), tail...)
}

func TestArchiveLimits(t *testing.T) {
	b := archivetest.GzBytes(t, archivetest.TarFiles(t, good, "a 1\n", bad, strings.Repeat("b 2\n", 1000), zeroed, archivetest.NoiseBytes(200_000)))
	for _, row := range []struct {
		name   string
		limits Limits
		want   string // the limit that is met
	}{
		{"none is the defaults", Limits{}, ""},
		{"as many members as there are", Limits{MaxMembers: 3}, ""},
		{"a member less", Limits{MaxMembers: 2}, "MaxMembers"},
		{"more than they have together", Limits{MaxTotal: 210_000}, ""},
		{"less than they have together", Limits{MaxTotal: 200_000}, "MaxTotal"},
		{"more than is held of them", Limits{MaxHeld: 400_000}, ""},
		{"less than is held of them", Limits{MaxHeld: 200_000}, "MaxHeld"},
	} {
		c, err := openBytes(b, Options{Limits: row.limits})
		if row.want == "" {
			require.NoError(t, err, row.name)
			require.Len(t, told(c), 3)
			continue
		}
		var limit *LimitError
		require.ErrorAs(t, err, &limit, row.name)
		require.Equal(t, row.want, limit.Limit, row.name)
		require.Equal(t, "cap", limit.Name)
	}
	for _, opts := range []Options{{Limits: Limits{MaxMember: 4000}}, {MaxBody: 4000}} {
		c := mustOpenBytes(t, b, opts)
		require.Equal(t, []string{"archive-member-size " + zeroed}, ids(c.Problems))
		s := c.Stream()
		require.True(t, s.Next())
		require.True(t, s.Next())
		require.Len(t, s.Scrape().Body, 4000, "just within")
		require.True(t, s.Next())
		require.ErrorIs(t, s.Scrape().Err, ErrBodyTooLarge)
	}
}

// However bad an archive is, only so much is said of it.
func TestArchiveProblemsAreBounded(t *testing.T) {
	members := []archivetest.TarMember{archivetest.File(good, "a 1")}
	for range 1000 {
		members = append(members, archivetest.File("/x", ""))
	}
	c := mustOpenBytes(t, archivetest.TarOf(t, members...), Options{})
	require.Len(t, c.Problems, archive.MaxArchiveProblems+1)
	require.Equal(t, Problem{ID: "archive-more", Message: "the archive has 800 more problems that are not told"}, c.Problems[archive.MaxArchiveProblems])
}

// An Archive without a scrape says why that may be.
func TestArchiveWithoutScrapes(t *testing.T) {
	_, err := openBytes(archivetest.TarOf(t, archivetest.File("../x/1795244469930.prom", "1")), Options{})
	require.ErrorAs(t, err, new(*NoScrapesError))
	var ae *ArchiveError
	require.ErrorAs(t, err, &ae)
	require.Equal(t, []string{"archive-name ../x/1795244469930.prom"}, ids(ae.Problems))
	require.ErrorContains(t, err, "; the archive has 1 problem, the first: ../x/1795244469930.prom: ignored: the name leaves its folder (..)")

	_, err = openBytes(archivetest.ZipFiles(t), Options{})
	require.ErrorAs(t, err, new(*NoScrapesError))
}

// Scrapes are no archives, and nothing of them is lost by looking.
func TestNoArchives(t *testing.T) {
	for _, body := range []string{"", "a", "PK", "a 1\n", strings.Repeat("a 1\n", 100_000), strings.Repeat("\x00", 2000), gz("a 1"), zst(strings.Repeat("a 1\n", 100_000)), gz(""), "\x1f\x8b", gz("a")[:12], "\x28\xb5\x2f\xfd", archivetest.NoiseBytes(500_000)} {
		c, rest, err := openArchiveStream(strings.NewReader(body), "x", Options{})
		require.NoError(t, err)
		require.Nil(t, c)
		got, err := io.ReadAll(rest)
		require.NoError(t, err)
		require.True(t, body == string(got))
	}
	path := filepath.Join(t.TempDir(), "1795244469930.tar.gz") // of what a name says nothing is believed
	require.NoError(t, os.WriteFile(path, []byte("a 1\n"), 0o600))
	require.Contains(t, told(mustOpenPath(t, path))[0], `"a 1\n"`)
}
