package codec

import (
	"compress/bzip2"
	"fmt"
	"io"

	"github.com/ulikunitz/xz"
)

// maxDictionary bounds what a block of xz may ask for: xz -9 asks for this.
const maxDictionary = 64 << 20

// Rare puts a decompressor before r for what is compressed with xz or bzip2. A
// stream of xz ends it: what follows is an error.
func Rare(r io.Reader, packing string) (io.Reader, error) {
	if packing == "bzip2" {
		return bzip2.NewReader(r), nil
	}
	out, err := xz.ReaderConfig{DictCap: 1 << 12, SingleStream: true}.NewReader(&dictionaries{r: r, skip: 12})
	return &sticky{r: out}, err
}

// sticky gives an error again and again. The reader of xz would go on behind
// it, and a Peek takes one away.
type sticky struct {
	r   io.Reader
	err error
}

func (s *sticky) Read(p []byte) (n int, err error) {
	if s.err == nil {
		n, s.err = s.r.Read(p)
	}
	return n, s.err
}

// IsRare says whether Rare reads a compression.
func IsRare(packing string) bool { return packing == "xz" || packing == "bzip2" }

// dictionaries ends a stream of xz before a block that asks for a dictionary
// that is too large: its reader would take the memory at once. It follows the
// format (xz-file-format 1.2.0) from block to block by the sizes of LZMA2's
// chunks.
type dictionaries struct {
	r     io.Reader
	at    place
	seen  int64  // bytes of the stream
	skip  int64  // to pass over before the next place
	want  int    // bytes of head
	head  []byte // what is read at a place
	check int64  // bytes behind a block
	data  int64  // bytes of a block's chunks
}

// A place is what comes next in a stream.
type place uint8

const (
	blockSize place = iota
	blockHeader
	chunkControl
	chunkHeader
	theRest // the index, or what the reader refuses
)

func (d *dictionaries) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	for i := 0; i < n && d.at != theRest; {
		if d.seen == 7 {
			d.check = [16]int64{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[p[i]&15]
		}
		if d.skip > 0 {
			pass := min(d.skip, int64(n-i))
			if d.seen < 12 {
				pass = 1
			}
			d.skip, d.seen, i = d.skip-pass, d.seen+pass, i+int(pass)
			continue
		}
		if bad := d.next(p[i]); bad != nil {
			return i, bad
		}
		d.seen++
		i++
	}
	return n, err
}

// next takes one byte of what tells sizes.
func (d *dictionaries) next(c byte) error {
	if d.head = append(d.head, c); len(d.head) < d.want {
		return nil
	}
	head := d.head
	d.head = d.head[:0]
	switch d.at {
	case blockSize:
		if d.at, d.want, d.data = blockHeader, int(c)*4+3, 0; c == 0 {
			d.at = theRest
		}
	case blockHeader:
		size, ok := dictionary(head)
		if size > maxDictionary {
			return fmt.Errorf("xz asks for a dictionary of %d bytes; %d are allowed", size, maxDictionary)
		}
		if d.at, d.want = chunkControl, 1; !ok {
			d.at = theRest
		}
	case chunkControl:
		d.data++
		switch {
		case c == 0:
			d.at, d.want, d.skip = blockSize, 1, (4-d.data%4)%4+d.check
		case c >= 0xc0:
			d.at, d.want = chunkHeader, 5
		case c >= 0x80:
			d.at, d.want = chunkHeader, 4
		case c <= 2:
			d.at, d.want = chunkHeader, 2
		default:
			d.at = theRest
		}
	case chunkHeader:
		size := head[len(head)-min(len(head), 2):]
		if len(head) >= 4 {
			size = head[2:4]
		}
		d.skip = int64(size[0])<<8 + int64(size[1]) + 1
		d.data += int64(len(head)) + d.skip
		d.at, d.want = chunkControl, 1
	}
	return nil
}

// dictionary reads the header of a block, without its size, for what LZMA2 asks
// for. ok is false for a header of another form, which the reader refuses.
func dictionary(head []byte) (size int64, ok bool) {
	at := 1
	for _, flag := range []byte{0x40, 0x80} { // sizes of the block, which may be there
		if head[0]&flag != 0 {
			for at < len(head) && head[at]&0x80 != 0 {
				at++
			}
			at++
		}
	}
	if head[0]&3 != 0 || at+2 >= len(head) || head[at] != 0x21 || head[at+1] != 1 || head[at+2] > 40 {
		return 0, false
	}
	b := head[at+2]
	return int64(2|b&1) << (b/2 + 11), true
}
