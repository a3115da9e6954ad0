package capture

import (
	"cmp"

	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
)

// Stands says whether a file, which may be compressed, is one text as it
// stands, or nothing that a capture would read: nothing is around it or before
// its lines, as a page, JSON or a prefix is, and no line divides it into
// several scrapes. Whoever reads one exposition reads such a file as it is, and
// of any other what OpenPath makes of it. It is true of what cannot be
// decompressed within maxBody bytes, 0 for DefaultMaxBody.
func Stands(file []byte, maxBody int64) bool {
	maxBody = cmp.Or(maxBody, DefaultMaxBody)
	f, err := content.LookInto(file, maxBody)
	return err != nil || f.Form != content.FormExposition || f.Stands()
}
