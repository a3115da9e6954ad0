package archive

import (
	"bufio"
	"bytes"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
)

type kind uint8

const (
	notArchive kind = iota
	tarArchive      // compressed or not
	zipArchive
)

const (
	// sniffLen is how much of a file is looked at: a zstd block (at most 128
	// KiB) and what stands before it.
	sniffLen = 160 << 10
	tarBlock = 512
	// Windows that zstd may ask for: those of zstd -22 and --long for an
	// archive, of -19 for one within it.
	outerWindow = 64 << 20
	innerWindow = 8 << 20
)

// sniffer tells archives by their first bytes.
type sniffer struct {
	unpacker
	head [tarBlock]byte
}

// sniff looks at what comes next, and takes nothing of it.
func (s *sniffer) sniff(r *bufio.Reader) kind {
	packing := codec.Of(r)
	if packing == "" {
		head, _ := r.Peek(4)
		if bytes.Equal(head, []byte("PK\x03\x04")) || bytes.Equal(head, []byte("PK\x05\x06")) {
			return zipArchive
		}
		if head, _ = r.Peek(tarBlock); isTar(head) {
			return tarArchive
		}
		return notArchive
	}
	packed, _ := r.Peek(sniffLen)
	plain, err := s.unpack(onlyReader{bytes.NewReader(packed)}, packing)
	if err != nil {
		return notArchive
	}
	if n, _ := io.ReadFull(plain, s.head[:]); isTar(s.head[:n]) {
		return tarArchive
	}
	return notArchive
}

// onlyReader keeps a decoder from reading all at once.
type onlyReader struct{ io.Reader }

// isTar tells the header of a tar's first member by its checksum (POSIX.1-1988
// and later, and before).
func isTar(head []byte) bool {
	if len(head) < tarBlock {
		return false
	}
	field := bytes.Trim(head[148:156], " \x00")
	want, err := strconv.ParseInt(string(field), 8, 64)
	if err != nil || want == 0 {
		return false
	}
	var unsigned, signed int64
	for i, b := range head[:tarBlock] {
		if i >= 148 && i < 156 {
			b = ' '
		}
		unsigned += int64(b)
		signed += int64(int8(b))
	}
	return want == unsigned || want == signed
}

// unpacker decompresses one thing after the other. It keeps its decompressors,
// which are large.
type unpacker struct {
	window uint64 // that zstd may ask for; 0 is innerWindow
	gz     *gzip.Reader
	zst    *zstd.Decoder
	in     *bufio.Reader
}

// unpack puts a decompressor before r.
func (u *unpacker) unpack(r io.Reader, packing string) (io.Reader, error) {
	var err error
	switch {
	case codec.IsRare(packing):
		return codec.Rare(r, packing)
	case packing == "gzip" && u.gz == nil:
		u.gz, err = gzip.NewReader(r)
		return u.gz, err
	case packing == "gzip":
		return u.gz, u.gz.Reset(r)
	case u.zst == nil:
		if u.window == 0 {
			u.window = innerWindow
		}
		u.zst, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(u.window))
		return u.zst, err
	}
	return u.zst, u.zst.Reset(r)
}

// buffer puts a buffer before what was unpacked.
func (u *unpacker) buffer(r io.Reader) *bufio.Reader {
	if u.in == nil {
		u.in = bufio.NewReaderSize(nil, 32<<10)
	}
	u.in.Reset(r)
	return u.in
}
