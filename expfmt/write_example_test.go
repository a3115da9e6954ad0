package expfmt_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
)

// What is read in one format is written in another, in an order that does not
// depend on who wrote it.
func ExampleWrite() {
	s, err := expfmt.Read(strings.NewReader(`# TYPE rest_client_requests_total counter
rest_client_requests_total{method="POST",code="200"} 6
rest_client_requests_total{code="200",method="GET"} 26495
`), expfmt.Options{})
	if err != nil {
		fmt.Println("reading:", err)
		return
	}
	if err := expfmt.Write(os.Stdout, s, expfmt.FormatOpenMetrics); err != nil {
		fmt.Println("writing:", err)
	}
	// Output:
	// # TYPE rest_client_requests counter
	// rest_client_requests_total{code="200",method="GET"} 26495
	// rest_client_requests_total{code="200",method="POST"} 6
	// # EOF
}

// What a format cannot hold is an error, and Convert leaves it out.
func ExampleConvert() {
	s, err := expfmt.Read(strings.NewReader(`# TYPE rest_client_requests counter
rest_client_requests_total{code="200"} 26495 # {trace_id="7f3c"} 1
# EOF
`), expfmt.Options{Format: expfmt.FormatOpenMetrics})
	if err != nil {
		fmt.Println("reading:", err)
		return
	}
	var lost *expfmt.FormatError
	if err := expfmt.Write(os.Stdout, s, expfmt.FormatText); errors.As(err, &lost) {
		fmt.Println(lost.Problems[0].ID)
	}
	kept, problems := expfmt.Convert(s, expfmt.FormatText)
	for _, p := range problems {
		fmt.Println(p)
	}
	if err := expfmt.Write(os.Stdout, kept, expfmt.FormatText); err != nil {
		fmt.Println("writing:", err)
	}
	// Output:
	// lost-exemplar
	// 2:1: error: rest_client_requests_total{code="200"}: text has no exemplars [lost-exemplar]
	// # TYPE rest_client_requests_total counter
	// rest_client_requests_total{code="200"} 26495
}
