package record

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/signals/capture"
)

const (
	manifestName = "capture.yaml"
	// manifestHead is the first line of those that this package wrote.
	manifestHead = "# Recorded by scrapebook."
)

// A place is where the scrapes of a target go, and what capture.yaml says of
// it.
type place struct {
	folder   string // JOB/INSTANCE
	job      string
	instance string // differs from the label where targets differ by other labels alone
	settings map[string]any
}

// places are those of targets. Two that have the same job and instance are told
// apart.
func places(targets []*Target, every time.Duration) []place {
	taken, named := map[string]bool{}, map[string]bool{}
	var out []place
	for _, t := range targets {
		p := place{job: t.Job, instance: t.Instance(), settings: map[string]any{}}
		for n := 2; named[p.job+"\x00"+p.instance]; n++ {
			p.instance = fmt.Sprintf("%s (%d)", t.Instance(), n)
		}
		named[p.job+"\x00"+p.instance] = true
		p.folder = capture.FolderName(p.job) + "/" + capture.FolderName(p.instance)
		for n, base := 2, p.folder; taken[strings.ToLower(p.folder)]; n++ { // as some file systems compare
			p.folder = fmt.Sprintf("%s-%d", base, n)
		}
		taken[strings.ToLower(p.folder)] = true
		if t.Interval != 0 && t.Interval != every {
			p.settings["interval"] = model.Duration(t.Interval).String()
		}
		if ls := p.labels(t); len(ls) > 0 {
			p.settings["labels"] = ls
		}
		if !t.Labels.Has(model.JobLabel) {
			p.settings["relabel_configs"] = []map[string]string{{"action": "labeldrop", "regex": model.JobLabel}}
		}
		out = append(out, p)
	}
	return out
}

// labels are those that the names of folders don't say.
func (p *place) labels(t *Target) map[string]string {
	out := map[string]string{}
	t.Labels.Range(func(l labels.Label) {
		if l.Name == model.JobLabel && l.Value == p.job || l.Name == model.InstanceLabel && l.Value == p.instance {
			return
		}
		out[l.Name] = l.Value
	})
	return out
}

// writeManifest writes capture.yaml: what was asked, in addition to what an
// earlier recording into the folder asked for.
func writeManifest(dir string, targets []*Target, list []place, every time.Duration) error {
	all, err := readManifest(dir)
	if err != nil {
		return err
	}
	section := func(key string) map[string]any {
		m, _ := all[key].(map[string]any)
		if m == nil {
			m = map[string]any{}
		}
		return m
	}
	all["interval"] = model.Duration(every).String()
	jobs, named, files := section("jobs"), section("targets"), section("files")
	for i, p := range list {
		delete(jobs, p.job)
		if s := targets[i].Settings; len(s) > 0 {
			jobs[p.job] = s
		}
		key := p.job + "/" + p.instance
		delete(named, key)
		if len(p.settings) > 0 {
			named[key] = p.settings
		}
		files[p.folder+"/"] = map[string]string{"job": p.job, "instance": p.instance}
	}
	for key, m := range map[string]map[string]any{"jobs": jobs, "targets": named, "files": files} {
		if delete(all, key); len(m) > 0 {
			all[key] = m
		}
	}
	var b bytes.Buffer
	fmt.Fprintln(&b, manifestHead, "What it says is kept when it records here again.")
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(all), enc.Close()); err != nil {
		return err
	}
	return write(filepath.Join(dir, manifestName), b.Bytes())
}

// readManifest reads what an earlier recording wrote. A folder in which there
// is anything else is refused.
func readManifest(dir string) (map[string]any, error) {
	all := map[string]any{}
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		list, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, de := range list {
			if name := de.Name(); name != tempPrefix+manifestName+tempSuffix {
				return nil, fmt.Errorf("%s is not empty (%s), and no recording began there: name another folder", dir, name)
			}
		}
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(text, []byte(manifestHead)) {
		return nil, fmt.Errorf("%s has a %s that no recording wrote: name another folder", dir, manifestName)
	}
	if err := yaml.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, manifestName), err)
	}
	return all, nil
}
