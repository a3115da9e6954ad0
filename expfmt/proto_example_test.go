package expfmt_test

import (
	"fmt"

	"github.com/scrapebook/scrapebook/expfmt"
)

// Protobuf is read as text is; a native histogram is a record of its own.
func ExampleReader_Histogram() {
	body := []byte("\x34\x0a\x0fsync_duration_s\x18\x04\x22\x1f\x0a\x0d\x0a\x04node\x12\x05west1\x3a\x0e\x08\x05\x28\x06\x62\x04\x08\x02\x10\x02\x6a\x02\x04\x02")
	r := expfmt.NewBytesReader(body, expfmt.Options{Format: expfmt.FormatProtobuf})
	for r.Next() {
		switch r.Kind() {
		case expfmt.KindType:
			fmt.Println(r.Metadata().Name, r.Metadata().Type)
		case expfmt.KindHistogram:
			h := r.Histogram()
			fmt.Println(h.Name, h.Labels, h.H)
		case expfmt.KindProblem:
			fmt.Println(r.Problem())
		}
	}
	// Output:
	// sync_duration_s histogram
	// sync_duration_s [{node west1}] {count:5, sum:0, (1,1.0905077326652577]:2, (1.0905077326652577,1.189207115002721]:3}
}
