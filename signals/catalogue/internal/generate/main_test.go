package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestGenerated(t *testing.T) {
	want, err := generate(os.DirFS("../facts"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../kubernetes.list")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("kubernetes.list is not what internal/facts give: go generate ./signals/catalogue")
	}
}

func TestContradictionsNeedAReason(t *testing.T) {
	const head = "software s\nversions 1\n"
	tests := []struct{ name, reasons, want string }{
		{"without one", "", "b.list: m 1: labels: a before, now b: contradictions.txt has no reason"},
		{"with one", "b.list m labels they were counted again\n", ""},
		{"with one too many", "b.list m labels they were counted again\nb.list m type never\n", "contradictions.txt: b.list m type: there is no such contradiction"},
		{"with half of one", "b.list m labels\n", "contradictions.txt: \"b.list m labels\": the line is"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := generate(fstest.MapFS{
				"order.txt":          {Data: []byte("# all\na.list\nb.list\n")},
				"contradictions.txt": {Data: []byte(tt.reasons)},
				"a.list":             {Data: []byte(head + "m 1 gauge labels=a\n")},
				"b.list":             {Data: []byte(head + "m 1 gauge labels=b\n")},
			})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
