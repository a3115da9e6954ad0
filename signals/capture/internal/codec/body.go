// Package codec reads bodies without the compressions around them, within a
// bound.
package codec

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// ErrTooLarge is in the chain of the error for a body that is larger than its
// bound.
var ErrTooLarge = errors.New("the body is too large")

const (
	// MaxLayers bounds compressions within one another: a saved body may be
	// compressed, and the file once more.
	MaxLayers = 3
	// maxWindow bounds what a zstd frame may ask for, as the zstd command does.
	maxWindow = 128 << 20
	// MaxEager is the size up to which a body is read at once. A larger one is
	// measured first, so that a bomb costs no more memory than this.
	MaxEager = 64 << 20
)

// OpenFunc opens a file of the capture; the size is a hint, 0 when unknown.
type OpenFunc func(file string) (r io.ReadCloser, size int64, err error)

// OpenFS opens files of fsys that are regular.
func OpenFS(fsys fs.FS) OpenFunc {
	return func(file string) (io.ReadCloser, int64, error) {
		f, err := fsys.Open(file)
		if err != nil {
			return nil, 0, err
		}
		info, err := f.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("it is no regular file any more")
		}
		if err != nil {
			f.Close()
			return nil, 0, err
		}
		return f, info.Size(), nil
	}
}

// Reader reads one body after the other into the same memory. What a body is
// compressed with its first bytes tell: they are right where a name's extension
// or a Content-Encoding is not (curl --compressed decodes and keeps that
// header).
type Reader struct {
	Max    int64
	Buf    []byte
	packed []byte // what was read of a compressed file before that was seen
	Need   int    // the size of the largest recent body: it fades slowly, as targets take turns
	layers [MaxLayers + 1]layer
}

type layer struct {
	in  *bufio.Reader
	gz  *gzip.Reader
	zst *zstd.Decoder
	sz  *snappy.Reader
}

// Read returns the decompressed body of a file, valid until the next call.
func (b *Reader) Read(open OpenFunc, file string) ([]byte, error) {
	if keep := 1 << 20; cap(b.Buf) > keep && cap(b.Buf) > 4*b.Need {
		b.Buf = nil
	}
	size, whole, err := b.fill(open, file, min(b.Max, MaxEager), false)
	if err == nil && !whole {
		if size > b.Max {
			return nil, fmt.Errorf("%w: more than %d bytes after decompression", ErrTooLarge, b.Max)
		}
		if _, whole, err = b.fill(open, file, size, true); err == nil && !whole {
			err = errors.New("the file grew while it was read")
		}
	}
	b.Need = max(len(b.Buf), b.Need-b.Need/64)
	if err != nil {
		return nil, err
	}
	return b.Buf, nil
}

// fill reads a file's body into buf when it has at most limit bytes; exact says
// that it has just so many. Else whole is false, and size is its size, or more
// than max when it is larger than that.
func (b *Reader) fill(open OpenFunc, file string, limit int64, exact bool) (size int64, whole bool, err error) {
	b.Buf = b.Buf[:0]
	f, expect, err := open(file)
	if err != nil {
		return 0, false, fmt.Errorf("the file cannot be read: %w", message.Cause(err))
	}
	defer f.Close()
	if exact || expect > limit {
		expect = limit
	}
	if int64(cap(b.Buf)) <= max(expect, 4) { // a full buffer would grow before it sees the end
		room := max(expect, 4) + 1
		if !exact {
			room += expect / 8 // the next scrape of the target is often a little larger
		}
		b.Buf = make([]byte, 0, room)
	}
	r, codec, err := b.start(f)
	if err != nil {
		return 0, false, Broken(codec, 0, err)
	}
	for {
		if len(b.Buf) == cap(b.Buf) {
			b.Buf = append(b.Buf, 0)[:len(b.Buf)]
		}
		n, err := r.Read(b.Buf[len(b.Buf):cap(b.Buf)])
		b.Buf = b.Buf[:len(b.Buf)+n]
		size = int64(len(b.Buf))
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return size, false, Broken(codec, size, err)
		case size > limit:
			b.Buf = b.Buf[:0]
			rest, err := io.Copy(io.Discard, io.LimitReader(r, b.Max-size+1))
			if err != nil {
				err = Broken(codec, size+rest, err)
			}
			return size + rest, false, err
		case err != nil:
			return size, true, nil
		}
	}
}

// start reads the beginning of a file into buf. What is compressed is decoded,
// and begins anew with an empty buf.
func (b *Reader) start(f io.Reader) (r io.Reader, codec string, err error) {
	for len(b.Buf) < min(magicLen, cap(b.Buf)) {
		n, err := f.Read(b.Buf[len(b.Buf):cap(b.Buf)])
		b.Buf = b.Buf[:len(b.Buf)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, "", err
		}
	}
	if ofBytes(b.Buf) == "" {
		return f, "", nil
	}
	b.packed = append(b.packed[:0], b.Buf...)
	b.Buf = b.Buf[:0]
	return b.Decode(io.MultiReader(bytes.NewReader(b.packed), f))
}

// Decode puts decompressors before r, as many as its first bytes ask for. The
// codec is the last one's name.
func (b *Reader) Decode(r io.Reader) (out io.Reader, codec string, err error) {
	for i := range b.layers {
		l := &b.layers[i]
		if l.in == nil {
			l.in = bufio.NewReaderSize(nil, 32<<10)
		}
		l.in.Reset(r)
		next := Of(l.in)
		switch {
		case next == "":
			return l.in, codec, nil
		case i == MaxLayers:
			return nil, codec, fmt.Errorf("compressed more than %d times over", MaxLayers)
		case IsRare(next):
			r, err = Rare(l.in, next)
		case next == "gzip" && l.gz == nil:
			l.gz, err = gzip.NewReader(l.in)
			r = l.gz
		case next == "gzip":
			err = l.gz.Reset(l.in)
			r = l.gz
		case next == "snappy":
			if l.sz == nil {
				l.sz = snappy.NewReader(l.in)
			}
			l.sz.Reset(l.in)
			r = snappyBody{l.sz, l.in}
		case l.zst == nil:
			l.zst, err = zstd.NewReader(l.in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
			r = l.zst
		default:
			err = l.zst.Reset(l.in)
			r = l.zst
		}
		codec = next
		if err != nil {
			return nil, codec, err
		}
	}
	return r, codec, nil
}

// A snappyBody tells data that breaks off from damage, which its reader does
// not.
type snappyBody struct {
	*snappy.Reader
	in *bufio.Reader
}

func (s snappyBody) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if errors.Is(err, snappy.ErrCorrupt) {
		if _, end := s.in.Peek(1); end == io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// Of tells the compression of what comes next, by expfmt.Detect; "" for none.
func Of(r *bufio.Reader) string {
	head, _ := r.Peek(magicLen)
	return ofBytes(head)
}

func ofBytes(head []byte) string {
	return expfmt.Detect("", head[:min(len(head), magicLen)]).Compression
}

// magicLen is how many bytes tell a compression.
const magicLen = 10

// Decompress puts decompressors before r, and an error behind max bytes of what
// they give; max is above zero.
func Decompress(r io.Reader, max int64) (io.Reader, error) {
	var b Reader
	out, codec, err := b.Decode(r)
	if err != nil {
		return nil, Broken(codec, 0, err)
	}
	return &limitedReader{r: out, codec: codec, max: max}, nil
}

// limitedReader gives an error behind max bytes, and says what is wrong with
// the data.
type limitedReader struct {
	r         io.Reader
	codec     string
	max, read int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.read += int64(n); l.read > l.max {
		n -= int(min(l.read-l.max, int64(n)))
		return n, fmt.Errorf("%w: more than %d bytes after decompression", ErrTooLarge, l.max)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = Broken(l.codec, l.read, err)
	}
	return n, err
}

// Broken says what is wrong with a body.
func Broken(codec string, size int64, err error) error {
	err = message.Cause(err)
	switch {
	case codec == "":
		return fmt.Errorf("the file cannot be read: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the %s data breaks off after %d bytes of the body: %w", codec, size, err)
	}
	return fmt.Errorf("the %s data is damaged after %d bytes of the body: %w", codec, size, err)
}
