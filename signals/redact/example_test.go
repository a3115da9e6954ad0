package redact_test

import (
	"fmt"
	"os"
	"testing/fstest"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/redact"
)

// A copy of a capture that can be shown to others.
func ExampleCopy() {
	scrape := &fstest.MapFile{Data: []byte("# of db-7.corp\nup{pod=\"db-x7f2k\"} 1\n")}
	c, _ := capture.Open(fstest.MapFS{"app/db-7.corp/1795244469930.prom": scrape}, "demo", capture.Options{})
	dir, _ := os.MkdirTemp("", "copy")
	defer os.RemoveAll(dir)

	copied, err := redact.Copy(c, dir, redact.Options{Labels: []string{"tenant"}})
	if err != nil {
		panic(err)
	}
	for _, n := range copied.Names {
		fmt.Println(n.Kind, n.Was, "became", n.Became)
	}
	text, _ := os.ReadFile(dir + "/app/host-1/1795244469930.prom")
	fmt.Print(string(text))
	// Output:
	// host db-7.corp became host-1
	// pod db-x7f2k became pod-1
	// # of host-1
	// up{pod="pod-1"} 1
}
