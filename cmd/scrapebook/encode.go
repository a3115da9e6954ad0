package main

import (
	"encoding/json"
	"io"
)

// encodeJSON writes v as indented JSON, which is valid whatever bytes v has.
func encodeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
