package archive

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// topTar reads an archive that is a tar. What cannot be read is a problem: what
// came before it is kept.
func (a *Archive) topTar(in *bufio.Reader) error {
	return a.packedTar(in, outerWindow)
}

// packedTar reads a tar that may be compressed. The error is a *LimitError, or
// errInnerTotal.
func (a *Archive) packedTar(in *bufio.Reader, window uint64) error {
	var r io.Reader = in
	if packing := codec.Of(in); packing != "" {
		var err error
		u := unpacker{window: window}
		if r, err = u.unpack(in, packing); err != nil {
			a.problem(a.nested, "archive-damaged", "the "+packing+" data cannot be read: "+explain(err))
			return nil
		}
	}
	plain := counted{r, a}
	last, err := a.tar(plain)
	if err == nil {
		err = a.trailer(plain)
	}
	switch {
	case err == nil, errors.Is(err, errBroken):
		return nil
	case errors.As(err, new(*LimitError)) || errors.Is(err, errInnerTotal):
		return err
	}
	after := "at its beginning"
	if last != "" {
		after = "after " + message.Show(last)
	}
	a.tree.Cut = true
	a.problem(a.nested, "archive-damaged", after+", so that members may be missing: "+explain(err))
	return nil
}

// tar reads the members of a tar; last is the name of the last one.
func (a *Archive) tar(r io.Reader) (last string, err error) {
	tr := tar.NewReader(r)
	for {
		hdr, err := tr.Next()
		switch {
		case errors.Is(err, io.EOF):
			return last, nil
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // which is memberName's to say
			return last, err
		}
		last = hdr.Name
		if err := a.tarMember(hdr, tr); err != nil {
			return last, err
		}
	}
}

func (a *Archive) tarMember(hdr *tar.Header, tr *tar.Reader) error {
	if hdr.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	if err := a.count(); err != nil {
		return err
	}
	name := a.place(hdr.Name)
	if name == "" {
		return nil
	}
	switch hdr.Typeflag {
	case tar.TypeDir:
	case tar.TypeReg, '\x00', tar.TypeCont, tar.TypeGNUSparse: // 0: as before POSIX
		if name == "." {
			a.problem(hdr.Name, "archive-name", "ignored: the name is that of the top folder")
			return nil
		}
		return a.member(name, hdr.ModTime, hdr.Size, tr)
	case tar.TypeSymlink:
		a.problem(name, "archive-link", "ignored: a symbolic link to "+message.Show(hdr.Linkname))
	case tar.TypeLink:
		a.problem(name, "archive-link", "ignored: a hard link to "+message.Show(hdr.Linkname))
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		a.problem(name, "archive-special", "ignored: "+map[byte]string{tar.TypeChar: "a character device", tar.TypeBlock: "a block device", tar.TypeFifo: "a named pipe"}[hdr.Typeflag])
	default:
		a.problem(name, "archive-special", fmt.Sprintf("ignored: neither a file nor a folder (type %q)", hdr.Typeflag))
	}
	return nil
}

// maxTrailer bounds how much is read of what follows the last member.
const maxTrailer = 16 << 20

// trailer reads what follows the end of a tar, since the checksum of its
// compression stands behind it.
func (a *Archive) trailer(r io.Reader) error {
	buf := make([]byte, 32<<10)
	for size := 0; size < maxTrailer; {
		n, err := r.Read(buf)
		size += n
		for _, b := range buf[:n] {
			if b != 0 {
				a.problem(a.nested, "archive-damaged", "there is more behind the end of the archive, which was not read")
				return nil
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}
