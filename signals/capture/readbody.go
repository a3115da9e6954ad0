package capture

import (
	"cmp"
	"errors"
	"io"
)

// ReadBody reads a file as a scrape is read: decompressed, as often as its
// first bytes ask for (gzip and zstd, up to three times over), and at most
// limit bytes of it; 0 is DefaultMaxBody. open may be called twice, as a large
// body is measured before memory is taken for it. The error is
// ErrBodyTooLarge, or says after how many bytes a compressed body breaks off.
func ReadBody(open func() (io.ReadCloser, error), limit int64) ([]byte, error) {
	b := bodyReader{max: cmp.Or(limit, DefaultMaxBody)}
	return b.read(noHint(open), "")
}

// ReadHead reads the first n bytes of what ReadBody reads.
func ReadHead(open func() (io.ReadCloser, error), n int) ([]byte, error) {
	f, err := open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bodyReader
	r, codec, err := b.decode(f)
	if err != nil {
		return nil, broken(codec, 0, err)
	}
	head := make([]byte, n)
	n, err = io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, broken(codec, int64(n), err)
	}
	return head[:n], nil
}

func noHint(open func() (io.ReadCloser, error)) openFunc {
	return func(string) (io.ReadCloser, int64, error) {
		f, err := open()
		return f, 0, err
	}
}
