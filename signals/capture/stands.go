package capture

import (
	"cmp"

	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
)

// Stands tells whether a file, which may be compressed, can be read as it
// stands: it is one text, with nothing around it and nothing before its lines,
// as a page, JSON or a log has, and no line divides it into several scrapes.
// Read such a file as it is, and any other one by OpenPath. Stands is also true
// of a file that is no exposition at all, and of one that cannot be
// decompressed within maxBody bytes, where 0 means DefaultMaxBody.
func Stands(file []byte, maxBody int64) bool {
	maxBody = cmp.Or(maxBody, DefaultMaxBody)
	f, err := content.LookInto(file, maxBody)
	return err != nil || f.Form != content.FormExposition || f.Stands()
}
