package lint_test

import (
	"fmt"
	"os"
	"testing/fstest"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/lint"
)

// What is wrong in the scrapes of a capture, each kind of problem once.
func ExampleCheckCapture() {
	scrape := &fstest.MapFile{Data: []byte("# HELP jobs Open.\n# TYPE jobs gauge\njobs{queue=\"a\"} 1\njobs{queue=\"a\"} 2\n")}
	files := fstest.MapFS{"app/a/1795244469930.prom": scrape, "app/a/1795244474930.prom": scrape}

	c, err := capture.Open(files, "demo", capture.Options{})
	if err != nil {
		panic(err)
	}
	found, err := lint.CheckCapture("demo", c, lint.Options{})
	if err != nil {
		panic(err)
	}
	_ = lint.Text{}.Report(os.Stdout, &lint.Result{Inputs: []*lint.Input{found}})
	// Output:
	// demo: Prometheus takes 2 scrapes; promtool check metrics reads 2 scrapes
	// demo/app/a/1795244469930.prom:4:1: warning: the series stands twice, before in line 3: Prometheus keeps the first [duplicate-series]
	//   jobs{queue="a"} 2
	//   ^ kept, the first of 2 in 2 scrapes
	// demo: 2 warnings; 1 family, 4 samples in 2 scrapes
}

// One file, and what of it matters to a program.
func ExampleCheckFile() {
	found, err := lint.CheckFile("metrics.prom", "", []byte("up 1\nup one\n"), lint.Options{Disable: []string{"no-help"}})
	if err != nil {
		panic(err)
	}
	for _, f := range found.Findings {
		fmt.Println(f.Line, f.Column, f.ID, f.Severity)
	}
	// Output: 2 4 bad-value error
}
