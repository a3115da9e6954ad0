package replay

import (
	"io/fs"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// Open lists the scrapes of a capture, for Options.Capture, as capture.Open does
// without options. The name is what the capture is called.
func Open(files fs.FS, name string) (*capture.Capture, error) {
	return capture.Open(files, name, capture.Options{})
}
