// Package archive reads a tar or zip, compressed or not, into a read-only file
// system in memory, within limits.
package archive

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// How an archive becomes a capture: its members are read once, in their order,
// and kept in memory, each compressed by itself; then Open lists them as it
// does the files of a folder. Nothing is written anywhere. What a member is
// called is a label: names that could mean another place than one below the
// root, and all that is neither file nor folder, are left out, with a problem.
// A file that is there but cannot be read stays in the listing, so that a
// scrape that is damaged or too large is a failed one and no gap.

// Read reads the archive that r is, from at when that is not nil. When it is
// none, the archive is nil, and rest is all that r has to say. Messages call
// Limits.MaxMember maxMember. The error is an *LimitError.
func Read(r io.Reader, at io.ReaderAt, size int64, name string, limits Limits, maxMember string) (a *Archive, rest io.Reader, err error) {
	in := bufio.NewReaderSize(r, sniffLen)
	s := sniffer{unpacker: unpacker{window: outerWindow}}
	kind := s.sniff(in)
	if kind == notArchive {
		return nil, in, nil
	}
	a = newArchive(name, limits.withDefaults())
	a.limitName = maxMember
	if err := a.read(in, kind, at, size); err != nil {
		return nil, nil, err
	}
	return a, nil, nil
}

// read reads what in is, of which the kind is known.
func (a *Archive) read(in *bufio.Reader, kind kind, at io.ReaderAt, size int64) (err error) {
	if kind == zipArchive {
		err = a.topZip(in, at, size)
	} else {
		err = a.topTar(in)
	}
	if a.holder.settle() != nil { // with a member before that at which another limit is met
		err = a.limit("MaxHeld", a.Limits.MaxHeld)
	}
	return err
}

// An Archive is one that is being read.
type Archive struct {
	Name      string
	Limits    Limits
	limitName string // what messages call Limits.MaxMember
	tree      *tree
	holder    holder
	sniffer   sniffer
	left      int64 // bytes that may still be held
	total     int64 // bytes decompressed, of all levels
	within    int64 // where total must stop for an archive within the archive
	members   int
	nested    string           // the archive within the archive that is being read
	in        [2]*bufio.Reader // of the members of each level
	layers    [codec.MaxLayers]unpacker

	problems []Problem
	untold   int
}

func newArchive(name string, limits Limits) *Archive {
	a := &Archive{Name: name, Limits: limits, left: limits.MaxHeld}
	a.holder.to.left = &a.left
	a.tree = newTree(&a.holder.to)
	return a
}

// MaxArchiveProblems bounds how many are told of one archive.
const MaxArchiveProblems = 200

func (a *Archive) problem(file, id, text string) {
	if len(a.problems) == MaxArchiveProblems {
		a.untold++
		return
	}
	if file != "" {
		file = message.Show(file)
	}
	a.problems = append(a.problems, Problem{File: file, ID: id, Message: text})
}

func (a *Archive) limit(which string, max int64) error {
	return &LimitError{Name: a.Name, Limit: which, Max: max}
}

// count takes notice of one more member, of any kind.
func (a *Archive) count() error {
	if a.members++; a.members > a.Limits.MaxMembers {
		return a.limit("MaxMembers", int64(a.Limits.MaxMembers))
	}
	return nil
}

// place checks what a member's name says, below the folder that an archive
// within the archive is. It is "" when the member is to be left out.
func (a *Archive) place(name string) string {
	clean, why := memberName(name)
	if why != "" {
		a.problem(name, "archive-name", "ignored: "+why)
		return ""
	}
	return path.Join(a.nested, clean)
}

// member takes a file. The size is what the archive says of it. The error is a
// *LimitError, or errBroken when the member breaks off and with it the archive.
func (a *Archive) member(name string, mtime time.Time, size int64, r io.Reader) error {
	src := &tapped{r: r}
	in := a.reader(src)
	if why := a.tree.clash(name); why != "" {
		a.problem(name, "archive-duplicate", "ignored: the name "+why)
		return nil
	}
	switch kind := a.sniffer.sniff(in); {
	case kind != notArchive && a.nested != "":
		a.problem(name, "archive-nested", "ignored: an archive within an archive within an archive; unpack one of them")
		return nil
	case kind != notArchive:
		return a.inner(name, kind, in)
	}
	n := &node{path: name, mtime: mtime}
	if size <= a.Limits.MaxMember {
		var err error
		n.size, err = a.body(in, &n.data)
		switch {
		case errors.Is(err, errHeldFull):
			return a.limit("MaxHeld", a.Limits.MaxHeld)
		case errors.As(err, new(*LimitError)) || errors.Is(err, errInnerTotal):
			return err
		case err != nil:
			n.err, n.size = errors.New(explain(err)), 0
			a.problem(name, "archive-damaged", "it cannot be read: "+explain(err))
		}
	}
	if n.err == nil && max(size, n.size) > a.Limits.MaxMember {
		n.err, n.size = fmt.Errorf("%w: more than %d bytes", codec.ErrTooLarge, a.Limits.MaxMember), 0
		a.problem(name, "archive-member-size", fmt.Sprintf("not read: larger than %d bytes, the limit for one file in an archive; unpack it, or raise the limit with %s", a.Limits.MaxMember, a.limitName))
	}
	if err := a.add(n); err != nil {
		return err
	}
	if src.err != nil {
		return errBroken
	}
	return nil
}

// body holds what a file says, without its compressions: so its size is known,
// a bomb is found when the archive is read, and what zstd may ask for is
// bounded.
func (a *Archive) body(in *bufio.Reader, where *held) (int64, error) {
	packing := codec.Of(in)
	for i := 0; packing != ""; i++ {
		if i == codec.MaxLayers {
			return 0, fmt.Errorf("compressed more than %d times over", codec.MaxLayers)
		}
		out, err := a.layers[i].unpack(in, packing)
		if err != nil {
			return 0, fmt.Errorf("its %s data: %w", packing, err)
		}
		in = a.layers[i].buffer(counted{out, a})
		packing = codec.Of(in)
	}
	return a.holder.hold(in, a.Limits.MaxMember, where)
}

// tapped remembers why it could not be read further.
type tapped struct {
	r   io.Reader
	err error
}

func (s *tapped) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// unreadable takes a file of which it is known that it cannot be read.
func (a *Archive) unreadable(name string, mtime time.Time, id, why string) error {
	if clash := a.tree.clash(name); clash != "" {
		a.problem(name, "archive-duplicate", "ignored: the name "+clash)
		return nil
	}
	a.problem(name, id, "it cannot be read: "+why)
	return a.add(&node{path: name, mtime: mtime, err: errors.New(why)})
}

func (a *Archive) add(n *node) error {
	nodes, names := a.tree.add(n)
	a.left -= int64(512*nodes + names)
	if a.left < 0 {
		return a.limit("MaxHeld", a.Limits.MaxHeld)
	}
	return nil
}

// reader is a buffered reader for the members of the present level.
func (a *Archive) reader(r io.Reader) *bufio.Reader {
	level := 0
	if a.nested != "" {
		level = 1
	}
	if a.in[level] == nil {
		a.in[level] = bufio.NewReaderSize(nil, sniffLen)
	}
	a.in[level].Reset(r)
	return a.in[level]
}

var (
	errBroken     = errors.New("the archive breaks off")
	errInnerTotal = errors.New("the archive within the archive is too large")
)

// innerShare is how much of MaxTotal an archive within the archive may have, as
// a divisor.
const innerShare = 16

// inner reads an archive within the archive, as a folder of its name without
// extensions.
func (a *Archive) inner(name string, kind kind, in *bufio.Reader) error {
	stem := path.Join(path.Dir(name), Stem(path.Base(name)))
	if n := a.tree.nodes[fold(stem)]; n != nil && (!n.dir || n.path != stem) {
		stem = name
	}
	before := len(a.problems) + a.untold
	a.nested, a.within = stem, a.total+a.Limits.MaxTotal/innerShare
	var err error
	if kind == zipArchive {
		err = a.spoolZip(in)
	} else {
		err = a.packedTar(in, innerWindow)
	}
	a.nested, a.within = "", 0
	if errors.Is(err, errInnerTotal) {
		a.problem(name, "archive-nested", fmt.Sprintf("read only in part: this archive within the archive decompresses to more than %d bytes", a.Limits.MaxTotal/innerShare))
		return nil
	}
	if err == nil && len(a.problems)+a.untold > before {
		a.problem(name, "archive-nested", "this archive within the archive has the problems above")
	}
	return err
}

// counted counts what is decompressed.
type counted struct {
	r io.Reader
	a *Archive
}

func (c counted) Read(p []byte) (int, error) {
	switch {
	case c.a.total > c.a.Limits.MaxTotal:
		return 0, c.a.limit("MaxTotal", c.a.Limits.MaxTotal)
	case c.a.within > 0 && c.a.total > c.a.within:
		return 0, errInnerTotal
	}
	n, err := c.r.Read(p)
	c.a.total += int64(n)
	return n, err
}

// Done ends the reading: it returns the folder that is the capture, and what is
// wrong with the archive.
func (a *Archive) Done() (fs.FS, []Problem) {
	if a.untold > 0 {
		a.problems = append(a.problems, Problem{ID: "archive-more", Message: fmt.Sprintf("the archive has %s that are not told", message.Plural(a.untold, "more problem"))})
	}
	a.holder = holder{to: a.holder.to}
	a.sniffer, a.in, a.layers = sniffer{}, [2]*bufio.Reader{}, [codec.MaxLayers]unpacker{}
	return a.tree.seal().root(), a.problems
}

// root is the folder that is the capture: the only one at the top when it holds
// a capture.yaml, as in an archive that was made of a folder by its name; else
// the top. The names of folders within it say the same of targets either way.
func (f *FS) root() fs.FS {
	top := f.Tree.nodes["."].children
	if len(top) == 1 && top[0].IsDir() {
		if n := f.Tree.nodes[fold(path.Join(top[0].Name(), naming.ManifestName))]; n != nil && n.Name() == naming.ManifestName && !n.dir {
			return &FS{Tree: f.Tree, top: top[0].Name()}
		}
	}
	return f
}

// explain says an error of the libraries in words of ours.
func explain(err error) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the archive breaks off"
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		return errChecksum.Error()
	case errors.Is(err, zip.ErrFormat):
		return "its sizes do not agree with what it has"
	case errors.Is(err, tar.ErrHeader):
		return "a header is damaged"
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return "the zstd data looks back too far (--long, --ultra)"
	}
	return err.Error()
}
