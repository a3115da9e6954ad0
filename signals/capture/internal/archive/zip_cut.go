package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"
)

// Parts of a zip's local header (APPNOTE.TXT, 4.3.7).
const (
	zipLocal      = "PK\x03\x04"
	zipLocalLen   = 30
	zipDescriptor = 8 // the flag that sizes and checksum stand behind the member
	zipStored     = 0
	zipDeflated   = 8
)

// cutZip reads a zip whose directory is missing or damaged, by the headers
// before its members, as far as they go. What these do not tell is taken as a
// file; the error is as that of zip.
func (a *Archive) cutZip(r io.Reader, why error) error {
	a.tree.Cut = true
	a.problem(a.nested, "archive-damaged", "the directory at the end of the zip cannot be read ("+explain(why)+"), so that members may be missing: it was read by the headers before each of them")
	in := bufio.NewReader(r)
	for {
		if head, _ := in.Peek(len(zipLocal)); string(head) != zipLocal {
			return nil
		}
		if err := a.cutMember(in); errors.Is(err, errBroken) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// cutMember reads one member; errBroken says that it is not known where the
// next one begins.
func (a *Archive) cutMember(in *bufio.Reader) error {
	var head [zipLocalLen]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return errBroken
	}
	half := func(at int) int { return int(binary.LittleEndian.Uint16(head[at:])) }
	name, extra := make([]byte, half(26)), make([]byte, half(28))
	if _, err := io.ReadFull(in, name); err != nil {
		return errBroken
	}
	if _, err := io.ReadFull(in, extra); err != nil {
		return errBroken
	}
	if err := a.count(); err != nil {
		return err
	}
	flags, method := half(6), half(8)
	packed, size := zipSizes(head[18:26], extra)
	var raw io.Reader = in
	if flags&zipDescriptor == 0 {
		raw = io.LimitReader(in, packed)
	} else {
		size = 0
	}
	slashed := withSlashes(string(name))
	clean := a.place(slashed)
	if slashed != string(name) && strings.HasSuffix(slashed, "/") {
		clean = "" // a folder
	}
	var err error
	switch {
	case flags&zipEncrypted != 0, flags&zipDescriptor != 0 && method != zipDeflated, method != zipStored && method != zipDeflated:
		if clean != "" {
			err = a.unreadable(clean, zipTime(head[10:14]), "archive-method", "it is encrypted, or compressed in a way that is not known")
		}
		if err == nil && flags&zipDescriptor != 0 {
			err = errBroken
		}
	default:
		err = a.cutBody(clean, zipTime(head[10:14]), size, raw, method == zipDeflated, flags&zipDescriptor != 0, binary.LittleEndian.Uint32(head[14:]))
	}
	if err == nil && flags&zipDescriptor == 0 {
		_, err = io.Copy(io.Discard, raw)
	} else if err == nil {
		skipDescriptor(in)
	}
	return err
}

// cutBody takes the body of a member and reads it to its end.
func (a *Archive) cutBody(name string, mtime time.Time, size int64, raw io.Reader, deflated, late bool, sum uint32) error {
	if deflated {
		z := flate.NewReader(raw)
		defer z.Close()
		raw = z
	}
	var body io.Reader = counted{raw, a}
	if !late {
		body = &summed{r: body, want: sum}
	}
	if name != "" && len(name) > 1 {
		if err := a.member(name, mtime, size, body); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		if errors.As(err, new(*LimitError)) || errors.Is(err, errInnerTotal) {
			return err
		}
		return errBroken
	}
	return nil
}

// summed checks what it reads against a CRC-32.
type summed struct {
	r         io.Reader
	have      uint32
	want      uint32
	exhausted bool
}

var errChecksum = errors.New("the checksum is wrong")

func (s *summed) Read(p []byte) (int, error) {
	if s.exhausted {
		return 0, io.EOF
	}
	n, err := s.r.Read(p)
	s.have = crc32.Update(s.have, crc32.IEEETable, p[:n])
	if errors.Is(err, io.EOF) {
		if s.exhausted = true; s.have != s.want {
			return n, errChecksum
		}
	}
	return n, err
}

// zipSizes reads a local header's sizes, which may stand in the extra field
// (4.5.3).
func zipSizes(sizes, extra []byte) (packed, size int64) {
	packed, size = int64(binary.LittleEndian.Uint32(sizes)), int64(binary.LittleEndian.Uint32(sizes[4:]))
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			break
		}
		if id == 1 && n >= 16 {
			return int64(binary.LittleEndian.Uint64(extra[8:]) &^ (1 << 63)), int64(binary.LittleEndian.Uint64(extra) &^ (1 << 63))
		}
		extra = extra[n:]
	}
	return packed, size
}

// zipTime reads the time of a local header, which has no zone: UTC is assumed.
func zipTime(b []byte) time.Time {
	t, d := int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[2:]))
	return time.Date(d>>9+1980, time.Month(d>>5&15), d&31, t>>11, t>>5&63, t&31*2, 0, time.UTC)
}

// skipDescriptor passes over the sizes and the checksum behind a member, which
// come in four lengths.
func skipDescriptor(in *bufio.Reader) {
	next, _ := in.Peek(28)
	for _, n := range []int{16, 12, 24, 20} {
		if len(next) >= n+2 && bytes.HasPrefix(next[n:], []byte("PK")) {
			_, _ = in.Discard(n)
			return
		}
	}
}
