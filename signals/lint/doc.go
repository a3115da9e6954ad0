// Package lint checks expositions, and captures as a whole: every defect at its
// place, what contradicts itself, and the lint of promtool check metrics. What
// is the same in many scrapes of a capture is told once.
//
//	c, err := capture.OpenPath("./capture", nil, capture.Options{})
//	found, err := lint.CheckCapture("./capture", c, lint.Options{})
//	err = lint.Text{}.Report(os.Stdout, &lint.Result{Inputs: []*lint.Input{found}})
//
// The result is a plain struct; Text, JSON, GitHub and SARIF write it.
package lint
