package redact

import (
	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v3"
)

// manifest is the capture.yaml of the copy: what the capture's says but of
// files, and of relabelling, which is done already. It is nil when there is
// nothing to say.
func (cp *copier) manifest() ([]byte, error) {
	text, err := cp.c.Manifest()
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	jobs, targets := cp.manifestJobs(doc["jobs"]), cp.manifestTargets(doc["targets"])
	out := settings(doc)
	if out == nil {
		out = map[string]any{}
	}
	for key, m := range map[string]map[string]any{"jobs": jobs, "targets": targets} {
		if len(m) > 0 {
			out[key] = m
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	text, err = yaml.Marshal(out)
	return []byte(cp.r.text(string(text))), err
}

// settings are what a level of capture.yaml says and the copy needs, too.
func settings(level any) map[string]any {
	m, _ := level.(map[string]any)
	for _, key := range []string{"files", "job", "labels", "relabel_configs", "jobs", "targets"} {
		delete(m, key)
	}
	return m
}

func (cp *copier) manifestJobs(jobs any) map[string]any {
	out := map[string]any{}
	m, _ := jobs.(map[string]any)
	for name, level := range m {
		if s := settings(level); len(s) > 0 {
			out[cp.job(name)] = s
		}
	}
	return out
}

func (cp *copier) manifestTargets(targets any) map[string]any {
	out := map[string]any{}
	old, _ := targets.(map[string]any)
	for _, t := range cp.c.Targets {
		level := settings(old[t.Job+"/"+t.Instance])
		if level == nil {
			level = map[string]any{}
		}
		ls := map[string]string{}
		t.Labels.Range(func(l labels.Label) { ls[l.Name] = cp.r.value(l.Name, l.Value) })
		if len(ls) > 0 {
			level["labels"] = ls
		}
		if len(level) > 0 {
			out[cp.targets[t].Job+"/"+cp.targets[t].Instance] = level
		}
	}
	return out
}
