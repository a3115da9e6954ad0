package terminal

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// EncodeJSON writes v as indented JSON, which is valid whatever bytes v has,
// and which a terminal shows whatever it has.
func EncodeJSON(w io.Writer, v any) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, SafeJSON(b.String()))
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
