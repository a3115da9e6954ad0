package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// JSONVersion is the version of scrapebook's own JSON, one for all commands. It
// is raised when a name goes, or comes to mean something else; names are added
// without.
const JSONVersion = 1

// EncodeJSON writes an object as EncodeForeignJSON does, with "version" before
// its own names.
func EncodeJSON(w io.Writer, object any) error {
	return encodeJSON(w, object, fmt.Sprintf(`{"version":%d`, JSONVersion))
}

// EncodeForeignJSON writes v as indented JSON, which is valid whatever bytes v
// has, and which a terminal shows whatever it has. It is for formats that are
// not scrapebook's own.
func EncodeForeignJSON(w io.Writer, v any) error { return encodeJSON(w, v, "") }

// encodeJSON puts first, if there is any, where an object has its brace.
func encodeJSON(w io.Writer, v any, first string) error {
	var b, out bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	if first != "" {
		rest, ok := strings.CutPrefix(b.String(), "{")
		if !ok {
			return fmt.Errorf("%T is no object in JSON, and has no place for a version", v)
		}
		if !strings.HasPrefix(rest, "}") {
			first += ","
		}
		b.Reset()
		b.WriteString(first + rest)
	}
	if err := json.Indent(&out, b.Bytes(), "", "  "); err != nil {
		return err
	}
	_, err := io.WriteString(w, SafeJSON(out.String()))
	return err
}

// SafeJSON escapes in JSON what encoding/json leaves and a terminal obeys: DEL,
// the controls of C1, and marks that turn the direction of text round. They
// stand in strings alone.
func SafeJSON(text string) string {
	steers := func(r rune) bool {
		return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) && r <= 0xffff
	}
	if !strings.ContainsFunc(text, steers) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if steers(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}
