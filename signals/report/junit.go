package report

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// JUnit writes results of tests in the XML that JUnit has made common, which
// every CI reads.
type JUnit struct{}

// A JUnitCase is one test.
type JUnitCase struct {
	Class, Name string
	File        string
	Line        int     // from 1; 0 is not known
	Seconds     float64 // how long it took; 0 is left out
	Failure     string  // what is not as it should be; "" when the test passes
	Error       string  // why it could not be run, in place of Failure
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr,omitempty"`
	Name    string     `xml:"name,attr"`
	File    string     `xml:"file,attr,omitempty"`
	Line    int        `xml:"line,attr,omitempty"`
	Seconds string     `xml:"time,attr,omitempty"`
	Failure *junitText `xml:"failure"`
	Error   *junitText `xml:"error"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// Cases writes the tests of one suite. What XML cannot hold in texts is
// replaced by U+FFFD.
func (JUnit) Cases(w io.Writer, suite string, cases []JUnitCase) error {
	s := junitSuite{Name: suite, Tests: len(cases)}
	for _, c := range cases {
		out := junitCase{Class: c.Class, Name: c.Name, File: c.File, Line: c.Line}
		if c.Seconds > 0 {
			out.Seconds = strconv.FormatFloat(c.Seconds, 'f', 6, 64)
		}
		switch {
		case c.Error != "":
			s.Errors++
			out.Error = &junitText{firstLine(c.Error), c.Error}
		case c.Failure != "":
			s.Failures++
			out.Failure = &junitText{firstLine(c.Failure), c.Failure}
		}
		s.Cases = append(s.Cases, out)
	}
	text, err := xml.MarshalIndent(struct {
		XMLName xml.Name `xml:"testsuites"`
		Suite   junitSuite
	}{Suite: s}, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
