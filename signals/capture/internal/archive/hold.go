package archive

import (
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	holdChunk  = 128 << 10 // bytes that are reserved at once
	holdWhole  = 1 << 20   // up to this size a member is compressed in one piece
	holdSmall  = 256       // up to this size it is not compressed at all
	holdWindow = 1 << 20   // how far back the compression of a larger one looks
)

// chunks are bytes in memory that only ever grow, without ever being copied to
// grow.
type chunks struct {
	list [][]byte
	size int64
	left *int64 // how many bytes may still be reserved; the owner is charged for each
}

// errHeldFull is what chunks say when no more may be reserved.
var errHeldFull = errors.New("too much to be held in memory")

func (c *chunks) Write(p []byte) (n int, err error) {
	for n < len(p) {
		at := int(c.size % holdChunk)
		if at == 0 && int64(len(c.list))*holdChunk == c.size {
			if *c.left < holdChunk {
				return n, errHeldFull
			}
			*c.left -= holdChunk
			c.list = append(c.list, make([]byte, holdChunk))
		}
		k := copy(c.list[len(c.list)-1][at:], p[n:])
		n += k
		c.size += int64(k)
	}
	return n, nil
}

// cut forgets all beyond a size, for what turned out not to be wanted.
func (c *chunks) cut(size int64) {
	keep := int((size + holdChunk - 1) / holdChunk)
	*c.left += int64(len(c.list)-keep) * holdChunk
	clear(c.list[keep:])
	c.list, c.size = c.list[:keep], size
}

// ReadAt is io.ReaderAt. It may be called by many at once when nobody writes.
func (c *chunks) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	for n < len(p) && off < c.size {
		at := off % holdChunk
		end := min(int64(holdChunk), at+c.size-off)
		k := copy(p[n:], c.list[off/holdChunk][at:end])
		n += k
		off += int64(k)
	}
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

// held is where a member's bytes lie among the chunks.
type held struct {
	off, n int64
	zst    bool
}

// holder compresses members into chunks, one after the other.
type holder struct {
	to      chunks
	enc     *zstd.Encoder
	in, out []byte
}

// hold keeps what r says up to its end. With more than max bytes it keeps
// nothing, and size is above max. The error is r's, or errHeldFull.
func (h *holder) hold(r io.Reader, max int64) (where held, size int64, err error) {
	where.off = h.to.size
	defer func() {
		if err != nil || size > max {
			h.to.cut(where.off)
			where = held{}
		}
		where.n = h.to.size - where.off
	}()
	if h.in == nil {
		h.in = make([]byte, holdWhole)
	}
	n, err := fill(r, h.in[:min(holdWhole, max+1)])
	size = int64(n)
	switch {
	case errors.Is(err, io.EOF):
		_, err = h.to.Write(h.pack(h.in[:n], &where))
		return where, size, err
	case err != nil || size > max:
		return where, size, err
	}
	where.zst = true
	enc := h.encoder()
	enc.Reset(&h.to)
	if _, err = enc.Write(h.in[:n]); err == nil {
		var rest int64
		rest, err = io.Copy(enc, io.LimitReader(r, max+1-size))
		size += rest
	}
	if e := enc.Close(); err == nil {
		err = e
	}
	return where, size, err
}

// fill reads until buf is full. Other than that of io.ReadFull its error is
// io.EOF at the end of r, wherever that is, so that io.ErrUnexpectedEOF is r's
// own.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var k int
		k, err = r.Read(buf[n:])
		n += k
	}
	return n, err
}

// pack compresses what is worth it.
func (h *holder) pack(data []byte, where *held) []byte {
	if len(data) <= holdSmall {
		return data
	}
	h.out = h.encoder().EncodeAll(data, h.out[:0])
	if len(h.out) >= len(data) {
		return data
	}
	where.zst = true
	return h.out
}

func (h *holder) encoder() *zstd.Encoder {
	if h.enc == nil {
		h.enc, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), // these options are right
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(holdWindow), zstd.WithEncoderCRC(false))
	}
	return h.enc
}

// heldReader reads what hold kept.
type heldReader struct {
	section *io.SectionReader
	zst     *zstd.Decoder // when it is compressed and was read from
	packed  bool
}

// heldDecoders are shared by all archives: a decoder is large, and a body is
// read at a time.
var heldDecoders = sync.Pool{New: func() any {
	d, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20)) // these options are right
	return d
}}

func (c *chunks) open(h held) *heldReader {
	return &heldReader{section: io.NewSectionReader(c, h.off, h.n), packed: h.zst}
}

func (r *heldReader) Read(p []byte) (int, error) {
	if !r.packed {
		return r.section.Read(p)
	}
	if r.zst == nil {
		zst := heldDecoders.Get().(*zstd.Decoder)
		if err := zst.Reset(r.section); err != nil {
			return 0, err
		}
		r.zst = zst
	}
	return r.zst.Read(p)
}

func (r *heldReader) Close() {
	if r.zst != nil {
		_ = r.zst.Reset(nil)
		heldDecoders.Put(r.zst)
		r.zst = nil
	}
	r.packed = false
	r.section = io.NewSectionReader(nothing{}, 0, 0)
}

type nothing struct{}

func (nothing) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }
