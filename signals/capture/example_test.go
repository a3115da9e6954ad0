package capture_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing/fstest"

	"github.com/scrapebook/scrapebook/signals/capture"
)

func Example() {
	saved := fstest.MapFS{
		"kube-proxy/node-a/1795244469930.prom": {Data: []byte("up_and_running 1\n")},
		"kube-proxy/node-a/1795244474930.err":  {Data: []byte("curl: (7) Failed to connect\n")},
		"kube-proxy/node-b/1795244469931.prom": {Data: []byte("up_and_running 1\n")},
	}
	c, err := capture.Open(saved, "incident", capture.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Scrapes, "scrapes of", len(c.Targets), "targets every", c.Interval)
	s := c.Stream()
	for s.Next() {
		sc := s.Scrape()
		fmt.Printf("%d %s %q %q\n", sc.Time, sc.Target.Instance, sc.Body, sc.Failure)
	}
	if err := s.Err(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 3 scrapes of 2 targets every 5s
	// 1795244469930 node-a "up_and_running 1\n" ""
	// 1795244469931 node-b "up_and_running 1\n" ""
	// 1795244474930 node-a "" "curl: (7) Failed to connect"
}

func ExampleOpen_settings() {
	saved := fstest.MapFS{
		"capture.yaml":              {Data: []byte("job: etcd\nlables: {cluster: test}\n")},
		"node-a/1795244469930.prom": {Data: []byte("a 1\n")},
	}
	_, err := capture.Open(saved, "test", capture.Options{})
	fmt.Println(err)
	// Output:
	// capture.yaml:2:1: unknown key lables in capture.yaml; did you mean labels?
}

func ExampleWriter() {
	made := fstest.MapFS{}
	w := capture.NewWriter(func(name string, data []byte) error {
		made[name] = &fstest.MapFile{Data: bytes.Clone(data)}
		return nil
	})
	target := &capture.Target{Job: "node", Instance: "10.0.0.1:9100"}
	err := errors.Join(
		w.Write(&capture.Scrape{Target: target, Time: 1795244469930, Body: []byte("up_and_running 1\n")}),
		w.Write(&capture.Scrape{Target: target, Time: 1795244474930, Failure: "connection refused"}),
		w.Close(),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		fmt.Println(name)
	}
	// Output:
	// node/10.0.0.1%3A9100/1795244469930.prom
	// node/10.0.0.1%3A9100/1795244474930.err
}
