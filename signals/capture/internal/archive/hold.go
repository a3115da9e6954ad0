package archive

import (
	"errors"
	"io"
	"runtime"
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

// holder compresses members into chunks, one after the other: the small ones on
// all cores, ahead of those that are read next.
type holder struct {
	to    chunks
	small *zstd.Encoder // of many at once
	large *zstd.Encoder // which writes before it reads on
	in    []byte        // for what is read next
	ahead []*packing    // in order
	spare [2][][]byte   // packing.in and packing.out, to be used again
}

// A packing is a member that is being compressed.
type packing struct {
	in, out []byte
	n       int // of in
	data    []byte
	zst     bool
	where   *held
	done    chan struct{}
}

// maxPackers bounds how many members are compressed at once, each of which
// takes up to holdWhole, and as much again when it is done.
const maxPackers = 8

// packers is how many cores compress beside the one that reads.
func packers() int { return min(runtime.GOMAXPROCS(0), maxPackers) }

// hold keeps what r says up to its end; where is set by then or, of a small
// one, when settle returns. With more than max bytes it keeps nothing, and size
// is above max. The error is r's, or errHeldFull, which may be that of a member
// before.
func (h *holder) hold(r io.Reader, max int64, where *held) (size int64, err error) {
	if h.in == nil {
		h.in = h.again(0)
	}
	if h.in == nil {
		h.in = make([]byte, holdWhole)
	}
	n, err := fill(r, h.in[:min(holdWhole, max+1)])
	size = int64(n)
	switch {
	case errors.Is(err, io.EOF) && size <= max:
		return size, h.pack(n, where)
	case errors.Is(err, io.EOF):
		return size, nil
	case err != nil || size > max:
		return size, err
	}
	if err := h.settle(); err != nil {
		return 0, err
	}
	at := h.to.size
	enc := encoder(&h.large, 1)
	enc.Reset(&h.to)
	if _, err = enc.Write(h.in[:n]); err == nil {
		var rest int64
		rest, err = io.Copy(enc, io.LimitReader(r, max+1-size))
		size += rest
	}
	if e := enc.Close(); err == nil {
		err = e
	}
	if err != nil || size > max {
		h.to.cut(at)
		return size, err
	}
	*where = held{off: at, n: h.to.size - at, zst: true}
	return size, nil
}

// pack compresses the first n bytes of in, and puts behind the others what is
// compressed by now.
func (h *holder) pack(n int, where *held) error {
	most := packers()
	for len(h.ahead) > most {
		if err := h.first(); err != nil {
			return err
		}
	}
	p := &packing{in: h.in, out: h.again(1)[:0], n: n, where: where, done: make(chan struct{})}
	h.in, h.ahead = nil, append(h.ahead, p)
	enc := encoder(&h.small, most)
	if most == 1 {
		p.pack(enc)
		return h.first()
	}
	go p.pack(enc)
	return nil
}

// first puts the first member of ahead into the chunks.
func (h *holder) first() error {
	p := h.ahead[0]
	<-p.done
	h.ahead = h.ahead[1:]
	at := h.to.size
	_, err := h.to.Write(p.data)
	if err != nil {
		h.to.cut(at)
		return err
	}
	*p.where = held{off: at, n: h.to.size - at, zst: p.zst}
	h.spare[0], h.spare[1] = append(h.spare[0], p.in), append(h.spare[1], p.out)
	return nil
}

// again takes memory that is not used now, nil when there is none.
func (h *holder) again(which int) (b []byte) {
	list := &h.spare[which]
	if last := len(*list) - 1; last >= 0 {
		b, *list = (*list)[last], (*list)[:last]
	}
	return b
}

// settle puts all members into the chunks that are not there yet.
func (h *holder) settle() error {
	for len(h.ahead) > 0 {
		if err := h.first(); err != nil {
			for _, p := range h.ahead {
				<-p.done
			}
			h.ahead = nil
			return err
		}
	}
	return nil
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
func (p *packing) pack(enc *zstd.Encoder) {
	defer close(p.done)
	if p.data = p.in[:p.n]; p.n <= holdSmall {
		return
	}
	p.out = enc.EncodeAll(p.data, p.out)
	if p.zst = len(p.out) < p.n; p.zst {
		p.data = p.out
	}
}

func encoder(e **zstd.Encoder, atOnce int) *zstd.Encoder {
	if *e == nil {
		*e, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(atOnce), // these options are right
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(holdWindow), zstd.WithEncoderCRC(false))
	}
	return *e
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
