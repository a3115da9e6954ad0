package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
)

// encodeJSON writes v as indented JSON, which is valid whatever bytes v has,
// and which a terminal shows whatever it has.
func encodeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(printable(b.Bytes()))
	return err
}

// printable escapes what encoding/json leaves and a terminal obeys: DEL, the
// controls of C1, and marks that turn the direction of text round. They stand
// in strings alone.
func printable(text []byte) []byte {
	steers := func(r rune) bool {
		return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) && r <= 0xffff
	}
	if bytes.IndexFunc(text, steers) < 0 {
		return text
	}
	var out bytes.Buffer
	for _, r := range string(text) {
		if steers(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.Bytes()
}
