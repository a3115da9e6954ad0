// Command generate makes kubernetes.list, which the package catalogue embeds,
// of the lists in internal/facts: go generate ./signals/catalogue.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/scrapebook/scrapebook/signals/catalogue"
)

func main() {
	from := flag.String("from", "internal/facts", "the folder of the facts")
	to := flag.String("to", "kubernetes.list", "the file to write")
	flag.Parse()
	list, err := generate(os.DirFS(*from))
	if err == nil {
		err = os.WriteFile(*to, list, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

const head = `# Metrics of Kubernetes' components by minor version: their names, types, labels,
# buckets and stability. Made by internal/generate of what is in internal/facts;
# the sources below are explained there.
`

// generate joins the lists that order.txt names, in this order: later ones are
// right. Where they contradict each other, contradictions.txt must say so.
func generate(facts fs.FS) ([]byte, error) {
	reasons, err := readReasons(facts)
	if err != nil {
		return nil, err
	}
	names, err := lines(facts, "order.txt")
	if err != nil {
		return nil, err
	}
	var all []*catalogue.Catalogue
	var joined *catalogue.Catalogue
	for _, name := range names {
		c, err := readList(facts, name)
		if err != nil {
			return nil, err
		}
		if joined != nil {
			for _, x := range catalogue.Contradictions(joined, c) {
				if !reasons.explain(name, x) {
					return nil, fmt.Errorf("%s: %s %s: %s: %s before, now %s: contradictions.txt has no reason", name, x.Metric, x.Version, x.What, x.Old, x.New)
				}
			}
		}
		all = append(all, c)
		if joined, err = catalogue.Merge(all[0], all[1:]...); err != nil {
			return nil, err
		}
	}
	if unused := reasons.unused(); unused != "" {
		return nil, fmt.Errorf("contradictions.txt: %s: there is no such contradiction", unused)
	}
	var out bytes.Buffer
	out.WriteString(head)
	if err := joined.Write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func readList(facts fs.FS, name string) (*catalogue.Catalogue, error) {
	f, err := facts.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return catalogue.Read(f, name)
}

// reasons are the lines of contradictions.txt: the later list, the metric, the
// thing and the reason.
type reasons struct {
	of   map[[3]string]string
	used map[[3]string]bool
}

func readReasons(facts fs.FS) (*reasons, error) {
	list, err := lines(facts, "contradictions.txt")
	if err != nil {
		return nil, err
	}
	r := &reasons{map[[3]string]string{}, map[[3]string]bool{}}
	for _, line := range list {
		f := strings.SplitN(line, " ", 4)
		if len(f) < 4 {
			return nil, fmt.Errorf("contradictions.txt: %q: the line is: LIST METRIC THING REASON", line)
		}
		r.of[[3]string(f[:3])] = f[3]
	}
	return r, nil
}

func (r *reasons) explain(list string, x catalogue.Contradiction) bool {
	key := [3]string{list, x.Metric, x.What}
	r.used[key] = true
	return r.of[key] != ""
}

func (r *reasons) unused() string {
	for key := range r.of {
		if !r.used[key] {
			return strings.Join(key[:], " ")
		}
	}
	return ""
}

// lines returns those of a file that are no comments.
func lines(facts fs.FS, name string) ([]string, error) {
	f, err := facts.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []string
	scan := bufio.NewScanner(io.Reader(f))
	for scan.Scan() {
		if line := strings.TrimSpace(scan.Text()); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list, scan.Err()
}
