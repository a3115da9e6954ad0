package expfmt

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkProtoCases are streams of protobuf with what Options.Check finds.
var checkProtoCases = []protoCase{
	{"clean", "all types", Options{KeepClassic: true}, `name: "a" type: COUNTER metric {label {name: "x" value: "1"} counter {value: 1}} metric {label {name: "x" value: "2"} counter {value: 1}} --- ` + nativeAndClassic, nil},
	{"family twice", "two messages", Options{}, `name: "a" type: GAUGE metric {label {name: "x" value: "1"} gauge {value: 1}} --- name: "a" type: GAUGE metric {label {name: "x" value: "2"} gauge {value: 1}}`,
		[]string{"2:29 warning repeated-metadata", "2:29 warning repeated-metadata"}},
	{"series twice", "in one message", Options{}, `name: "a" type: COUNTER metric {counter {value: 1}} metric {counter {value: -1}}`,
		[]string{"1:22 warning counter-value", "1:22 warning duplicate-series"}},
	{"native histogram twice", "the name has no suffix", Options{}, strings.Replace(nativeAndClassic, "metric {", `metric {label {name: "a" value: "1"} histogram {sample_count: 1 zero_threshold: 0.1 positive_span {length: 1} positive_delta: 1}} metric {`, 1),
		[]string{"1:38 warning duplicate-series"}},
	{"buckets", "fall, do not rise, and are not counted", Options{}, `name: "h" type: HISTOGRAM metric {histogram {sample_count: 5 bucket {cumulative_count: 4 upper_bound: 2} bucket {cumulative_count: 3 upper_bound: 3} bucket {cumulative_count: 3 upper_bound: 1} bucket {cumulative_count: 6 upper_bound: inf}}}`,
		[]string{"1:9 info odd-buckets", "1:9 warning falling-buckets", "1:9 warning unordered-buckets", "1:9 warning count-mismatch"}},
	{"quantile", "beyond 1", Options{}, `name: "s" type: SUMMARY metric {summary {quantile {quantile: 50 value: 1}}}`, []string{"1:9 warning bad-quantile"}},
}

func TestCheckProto(t *testing.T) {
	for _, tc := range checkProtoCases {
		t.Run(tc.name, func(t *testing.T) {
			tc.opts.Format, tc.opts.Check = FormatProtobuf, true
			var got []string
			for _, p := range problems(t, string(protoText(t, tc.in)), tc.opts) {
				got = append(got, fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Severity, p.ID))
				if p.Text == "" {
					t.Errorf("%s: no family is named", p)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n(-want +got)\n%s", tc.reason, diff)
			}
		})
	}
}

// TestCheckCaptures holds that healthy scrapes of real programs are that: no
// problem is found in any but the error page that was saved as one.
func TestCheckCaptures(t *testing.T) {
	root := "../../shared/captures"
	if _, err := os.Stat(root); err != nil {
		t.Skip("../shared/captures is absent: no real captures to check")
	}
	counts := map[string]int{}
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		opts := Options{Check: true, KeepClassic: true}
		switch {
		case err != nil || d.IsDir() || d.Name() == "kube-apiserver-unauthenticated.prom":
			return err
		case strings.HasSuffix(path, ".pb"):
			opts.Format = FormatProtobuf
		case !strings.HasSuffix(path, ".prom"):
			return nil
		}
		in, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		r := NewReader(bytes.NewReader(in), opts)
		for r.Next() {
			if r.Kind() == KindProblem {
				counts[r.Problem().ID]++
				if counts[r.Problem().ID] == 1 {
					t.Logf("%s: %s", path, r.Problem())
				}
			}
		}
		return r.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{}; !maps.Equal(counts, want) || files < 900 {
		t.Errorf("%d files, problems %v", files, counts)
	}
}
