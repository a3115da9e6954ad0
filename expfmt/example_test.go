package expfmt_test

import (
	"fmt"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
)

const saved = `# HELP rest_client_requests_total Number of HTTP requests.
# TYPE rest_client_requests_total counter
rest_client_requests_total{code="200",method="GET"} 26495
...
rest_client_requests_total{code="<error>",method="POST"} 6
`

// The stream hands out every line that can be read, and a problem for every
// one that cannot.
func ExampleReader() {
	r := expfmt.NewReader(strings.NewReader(saved), expfmt.Options{File: "kube-proxy.prom"})
	for r.Next() {
		switch r.Kind() {
		case expfmt.KindSample:
			s := r.Sample() // valid until the next Next
			code, _ := s.Labels.Get("code")
			fmt.Println(s.Line, s.Name, code, s.Value)
		case expfmt.KindProblem:
			fmt.Println(r.Problem())
		}
	}
	if err := r.Err(); err != nil {
		fmt.Println("reading:", err)
	}
	// Output:
	// 3 rest_client_requests_total 200 26495
	// kube-proxy.prom:4:1: error: a metric's name or # expected, found '.' [bad-line]
	// 5 rest_client_requests_total <error> 6
}

// A Snapshot is the whole text by families.
func ExampleRead() {
	s, err := expfmt.Read(strings.NewReader(saved), expfmt.Options{})
	if err != nil {
		fmt.Println("reading:", err)
		return
	}
	f := s.Family("rest_client_requests_total")
	fmt.Println(f.Type, f.Help)
	for _, sample := range f.Samples {
		fmt.Println(sample.Labels, sample.Value)
	}
	fmt.Println("lost:", s.Err())
	// Output:
	// counter Number of HTTP requests.
	// [{code 200} {method GET}] 26495
	// [{code <error>} {method POST}] 6
	// lost: 4:1: error: a metric's name or # expected, found '.' [bad-line]
}

// A Decoder reads successive scrapes of one target to columns.
func ExampleDecoder() {
	d := expfmt.NewDecoder()
	for _, scrape := range []string{
		"up 1\nrequests_total{code=\"200\"} 7\n",
		"up 1\nrequests_total{code=\"200\"} 9\n",
		"up 1\nrequests_total{code=\"200\"} 9\nrequests_total{code=\"500\"} 1\n",
		"requests_total{code=\"500\"} 2\n",
	} {
		d.Decode([]byte(scrape), expfmt.Options{})
		for _, ref := range d.New() {
			fmt.Printf("  %d is %s\n", ref, d.Series(ref).Series)
		}
		fmt.Println(d.Refs(), d.Values(), "same:", d.Same(), "gone:", d.Gone())
	}
	// Output:
	//   0 is up
	//   1 is requests_total{code="200"}
	// [0 1] [1 7] same: false gone: []
	// [0 1] [1 9] same: true gone: []
	//   2 is requests_total{code="500"}
	// [0 1 2] [1 9 1] same: false gone: []
	// [2] [2] same: false gone: [0 1]
}

// Detect names what was saved instead of metrics.
func ExampleDetect() {
	page := "<html><head><title>502 Bad Gateway</title></head></html>"
	fmt.Println(expfmt.Detect("text/html", []byte(page)).Not)
	fmt.Println(expfmt.Detect("", []byte("up 1\n# EOF\n")).Format)
	// Output:
	// an HTML page: 502 Bad Gateway
	// openmetrics
}

// Strict finds every violation of OpenMetrics 1.0, Caret shows it.
func ExampleProblem_Caret() {
	text := `# TYPE jobs counter
jobs_total{state="done",} -1
# EOF
`
	s, err := expfmt.Read(strings.NewReader(text), expfmt.Options{Format: expfmt.FormatOpenMetrics, Strict: true})
	if err != nil {
		panic(err)
	}
	for _, p := range s.Problems {
		fmt.Printf("%s\n%s", p, p.Caret())
	}
	// Output:
	// 2:24: error: a comma after the last label [trailing-comma]
	// jobs_total{state="done",} -1
	//                        ^
	// 2:27: error: -1 counts nothing: the samples "jobs_total" of a counter are neither negative nor NaN [counter-value]
	// jobs_total{state="done",} -1
	//                           ^
}

// ReadBody reads what a target answered, whatever its format, and says what it
// is when it is no exposition.
func ExampleReadBody() {
	for _, body := range []string{"up 1\n", "# TYPE up gauge\nup 1\n# EOF\n", "404 page not found\n"} {
		s, err := expfmt.ReadBody([]byte(body), "", expfmt.Options{File: "saved"})
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(s.Format, s.Family("up").Samples[0].Value)
	}
	// Output:
	// text 1
	// openmetrics 1
	// saved: not an exposition: a message of a program: 404 page not found
}
