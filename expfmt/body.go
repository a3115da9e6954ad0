package expfmt

import (
	"bytes"
	"cmp"
	"io"
)

// ReadBody reads a whole body as a target answered it, or as it was saved. In
// this order:
//
//   - what is compressed is decompressed by opts.Decompress, at most up to
//     opts.MaxBytes: that function's errors are returned as they are;
//   - Detect says what the text is; one that is no exposition, or is still
//     compressed, is a *ContentError;
//   - the text is read as Read reads it, in opts.Format, or when that is
//     FormatUnknown in the format that Detect says.
//
// What is wrong within an exposition is in Snapshot.Problems and no error. The
// text that was read is in Snapshot.Text: body itself when it is not
// compressed.
func ReadBody(body []byte, contentType string, opts Options) (*Snapshot, error) {
	text, err := decompressed(body, &opts)
	if err != nil {
		return nil, err
	}
	c := Detect(contentType, text)
	if c.Not != "" || c.Compression != "" {
		return nil, &ContentError{opts.File, c}
	}
	opts.Format = cmp.Or(opts.Format, c.Format)
	s, err := Read(bytes.NewReader(text), opts)
	s.Text = text
	return s, err
}

// ContentError is the error of ReadBody for what is no exposition.
type ContentError struct {
	File string // Options.File
	Content
}

// What returns in words what it is instead: "an HTML page", "gzip".
func (e *ContentError) What() string { return cmp.Or(e.Not, e.Compression) }

// Error returns "FILE: not an exposition: " and what it is instead.
func (e *ContentError) Error() string {
	text := "not an exposition: " + e.What()
	if e.File != "" {
		text = e.File + ": " + text
	}
	return text
}

// decompressed returns the text of a body. What is compressed is measured
// first, so that no more memory is taken than the text needs, and none for one
// that is too long.
func decompressed(body []byte, opts *Options) ([]byte, error) {
	if opts.Decompress == nil || compression(body) == "" {
		return body, nil
	}
	var size int64
	err := opts.decompress(body, func(r io.Reader) (err error) {
		size, err = io.Copy(io.Discard, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	text := make([]byte, size)
	return text, opts.decompress(body, func(r io.Reader) error {
		_, err := io.ReadFull(r, text)
		return err
	})
}

func (o *Options) decompress(body []byte, use func(io.Reader) error) error {
	r, err := o.Decompress(bytes.NewReader(body), maxBytes(o.MaxBytes))
	if err != nil {
		return err
	}
	return use(r)
}
