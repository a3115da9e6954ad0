package archive

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// topZip reads an archive that is a zip, from a file when there is one.
func (a *Archive) topZip(in *bufio.Reader, at io.ReaderAt, size int64) error {
	if at == nil {
		return a.spoolZip(in)
	}
	return a.zip(at, size)
}

// spoolZip reads a zip that comes as a stream: its directory is at its end, so
// that it is held as it is meanwhile.
func (a *Archive) spoolZip(r io.Reader) error {
	if a.holder.settle() != nil {
		return a.limit("MaxHeld", a.Limits.MaxHeld)
	}
	spool := chunks{left: &a.left}
	defer spool.cut(0)
	if _, err := io.Copy(&spool, r); errors.Is(err, errHeldFull) {
		return a.limit("MaxHeld", a.Limits.MaxHeld)
	} else if errors.As(err, new(*LimitError)) || errors.Is(err, errInnerTotal) {
		return err
	} else if err != nil {
		a.problem(a.nested, "archive-damaged", "the zip is not complete: "+explain(err))
	}
	err := a.zip(&spool, spool.size)
	if a.holder.settle() != nil { // beside which the zip is held
		return a.limit("MaxHeld", a.Limits.MaxHeld)
	}
	return err
}

const (
	// zipEntry is the memory that an entry of a zip's directory takes at most,
	// for each of its bytes.
	zipEntry = 8
	// zipShare bounds the size of a zip as a multiple of MaxHeld: so much is
	// set aside for its directory.
	zipShare     = 8
	zipEncrypted = 1 // the flag of that (APPNOTE.TXT, 4.4.4)
)

// zip reads the members of a zip in the order of its directory. The error is a
// *LimitError, or errInnerTotal.
func (a *Archive) zip(at io.ReaderAt, size int64) error {
	if size/zipShare > a.Limits.MaxHeld {
		return a.limit("MaxHeld", a.Limits.MaxHeld)
	}
	dir := &boundedAt{at: at, left: a.left/zipEntry + 1<<17}
	zr, err := zip.NewReader(dir, size)
	switch {
	case errors.Is(err, errHeldFull):
		return a.limit("MaxHeld", a.Limits.MaxHeld)
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // which is memberName's to say
		return a.cutZip(io.NewSectionReader(at, 0, size), err)
	}
	dir.left = -1
	zr.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(innerWindow)))
	overlaps := overlapping(zr.File)
	for _, f := range zr.File {
		if err := a.zipMember(f, overlaps[f]); err != nil && !errors.Is(err, errBroken) {
			return err
		}
	}
	return nil
}

func (a *Archive) zipMember(f *zip.File, overlaps bool) error {
	if err := a.count(); err != nil {
		return err
	}
	slashed := withSlashes(f.Name)
	name := a.place(slashed)
	if name == "" {
		return nil
	}
	size := int64(min(f.UncompressedSize64, 1<<62))
	switch mode := f.Mode(); {
	case mode.IsDir() || strings.HasSuffix(slashed, "/"):
		return nil
	case mode&fs.ModeSymlink != 0:
		a.problem(name, "archive-link", "ignored: a symbolic link")
		return nil
	case !mode.IsRegular():
		a.problem(name, "archive-special", "ignored: neither a file nor a folder ("+mode.String()+")")
		return nil
	case name == ".":
		a.problem(f.Name, "archive-name", "ignored: the name is that of the top folder")
		return nil
	case f.Flags&zipEncrypted != 0:
		return a.unreadable(name, f.Modified, "archive-encrypted", "it is encrypted")
	case overlaps:
		return a.unreadable(name, f.Modified, "archive-overlap", "it shares its bytes with another member")
	}
	r, err := f.Open()
	switch {
	case errors.Is(err, zip.ErrAlgorithm):
		return a.unreadable(name, f.Modified, "archive-method", fmt.Sprintf("its method of compression (%d) is not known", f.Method))
	case err != nil:
		return a.unreadable(name, f.Modified, "archive-damaged", explain(err))
	}
	defer r.Close()
	return a.member(name, f.Modified, size, counted{r, a})
}

// withSlashes is the name of a zip's member with the separators that a zip is
// to have (APPNOTE.TXT, 4.4.17). Tools of Windows write their own, of which
// each name has no other.
func withSlashes(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return strings.ReplaceAll(name, `\`, "/")
}

// overlapping finds members whose bytes are another one's as well: a zip is a
// bomb with these, and never has them else. Of those that begin at the same
// place all are meant but the first.
func overlapping(files []*zip.File) map[*zip.File]bool {
	type span struct {
		file       *zip.File
		begin, end int64
	}
	spans := make([]span, 0, len(files))
	for _, f := range files {
		if off, err := f.DataOffset(); err == nil && f.CompressedSize64 > 0 {
			spans = append(spans, span{f, off, off + int64(min(f.CompressedSize64, 1<<62))})
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		switch {
		case a.begin < b.begin:
			return -1
		case a.begin > b.begin:
			return 1
		}
		return 0
	})
	out := map[*zip.File]bool{}
	var end int64
	for i, s := range spans {
		if i > 0 && s.begin < end {
			out[s.file] = true
			continue
		}
		end = s.end
	}
	return out
}

// boundedAt bounds how much of a zip is read for its directory; below zero
// there is no bound.
type boundedAt struct {
	at   io.ReaderAt
	left int64
}

func (b *boundedAt) ReadAt(p []byte, off int64) (int, error) {
	if b.left >= 0 {
		if b.left -= int64(len(p)); b.left < 0 {
			b.left = 0
			return 0, errHeldFull
		}
	}
	return b.at.ReadAt(p, off)
}
