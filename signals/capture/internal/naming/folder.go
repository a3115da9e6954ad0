package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// longestFolder bounds the name of a folder in bytes: file systems take 255.
const longestFolder = 200

// Folder is the name of the folder of a job or an instance. What no folder can
// be called on every system is written as % and two hexadecimal digits of each
// byte, as in 127.0.0.1%3A9090; FromFolder reads it back. A name that would be
// too long is cut, and ends in a part of its hash: FromFolder does not know it
// then.
func Folder(name string) string {
	out := escapeFolder(name)
	if len(out) <= longestFolder {
		return out
	}
	sum := sha256.Sum256([]byte(name))
	cut := out[:longestFolder-17]
	for i := 1; i <= 2; i++ { // no half of a %3A stays
		if cut[len(cut)-i] == '%' {
			cut = cut[:len(cut)-i]
			break
		}
	}
	for !utf8.ValidString(cut) { // nor of a letter
		cut = cut[:len(cut)-1]
	}
	return cut + "~" + hex.EncodeToString(sum[:8])
}

// FromFolder is the name that a folder is of: one that Folder would not have
// written stands as it is.
func FromFolder(folder string) string {
	if !strings.Contains(folder, "%") {
		return folder
	}
	var b strings.Builder
	for i := 0; i < len(folder); i++ {
		if folder[i] != '%' {
			b.WriteByte(folder[i])
			continue
		}
		if i+3 > len(folder) {
			return folder
		}
		c, err := hex.DecodeString(folder[i+1 : i+3])
		if err != nil {
			return folder
		}
		b.WriteByte(c[0])
		i += 2
	}
	if escapeFolder(b.String()) != folder {
		return folder
	}
	return b.String()
}

func escapeFolder(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	first := name == "" || name[0] == '.' || reserved(name) || saysNothing(name)
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		last := i == len(name)-1 && (c == '.' || c == ' ')
		if c < ' ' || c == 0x7f || strings.IndexByte(`/\:*?"<>|%`, c) >= 0 || last || i == 0 && first {
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	if b.Len() == 0 {
		return "%"
	}
	return b.String()
}

// reserved tells whether Windows has a device of this name.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && stem[3] >= '0' && stem[3] <= '9'
}
