package record

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/scrapebook/scrapebook/signals/scrapeconfig"
	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

// FromConfig makes targets of the scrape jobs of a configuration file: those of
// static_configs, and of file_sd_configs as the files are now. Paths in it are
// relative to its folder. Notes tell what is left out, such as jobs whose
// targets a server alone can discover. The error is that of the first file that
// does not load. With an interval above 0 it goes before those of the jobs, and
// their timeouts are no longer than that.
func FromConfig(path string, every time.Duration) (targets []*Target, notes []string, err error) {
	files := []string{path}
	for n := 0; n < len(files); n++ {
		data, err := os.ReadFile(files[n])
		if err != nil {
			return nil, nil, err
		}
		f := scrapeconfig.Read(files[n], data)
		if !f.Loads() {
			for _, p := range f.Findings {
				if p.ID == scrapeconfig.DoesNotLoad || p.ID == scrapeconfig.NoYAML {
					return nil, nil, fmt.Errorf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
				}
			}
		}
		dir := filepath.Dir(files[n])
		for _, pattern := range f.ScrapeConfigFiles {
			more, err := glob(dir, pattern)
			if err != nil {
				return nil, nil, err
			}
			files = append(files, more...)
		}
		for _, job := range f.Jobs {
			own, about, err := fromJob(job, dir)
			if err != nil {
				return nil, nil, fmt.Errorf("job %s: %w", job.Name, err)
			}
			targets, notes = append(targets, own...), append(notes, about...)
		}
	}
	if len(targets) == 0 {
		return nil, notes, errors.New(strings.Join(append([]string{path + " has no target that can be recorded"}, notes...), "; "))
	}
	for _, t := range targets {
		if every > 0 {
			t.Interval, t.Timeout = every, min(t.Timeout, every)
		}
	}
	return targets, notes, nil
}

// glob are the files that a pattern in a configuration names.
func glob(dir, pattern string) ([]string, error) {
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(dir, pattern)
	}
	files, err := filepath.Glob(pattern)
	if err == nil && len(files) == 0 && !strings.Contains(pattern, "*") {
		err = fmt.Errorf("there is no file %s", pattern)
	}
	return files, err
}

func fromJob(job *scrapeconfig.Job, dir string) (targets []*Target, notes []string, err error) {
	groups := slices.Clone(job.Static)
	for _, pattern := range job.Files {
		files, err := glob(dir, pattern)
		if err != nil {
			return nil, nil, err
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, nil, err
			}
			more, err := (&discovery.Objects{}).Read(name, data)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", name, err)
			}
			groups = append(groups, more...)
		}
	}
	if len(job.Kubernetes) > 0 {
		notes = append(notes, "job "+job.Name+": what kubernetes_sd_configs find is left out, a server alone knows it")
	}
	for _, o := range job.Others {
		notes = append(notes, "job "+job.Name+": what "+o+" find is left out, a server alone knows it")
	}
	s := job.Scraping()
	s.HTTP.SetDirectory(dir)
	client, err := NewClient(s.HTTP)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, g := range groups {
		for _, t := range job.Relabel(g, false) {
			if t.Err != nil {
				notes = append(notes, fmt.Sprintf("job %s: the target %s is left out: %s", job.Name, t.Discovered.Get(model.AddressLabel), t.Err))
			}
			if key := t.Labels.String() + t.URL; t.Kept() && !seen[key] {
				seen[key] = true
				targets = append(targets, fromTarget(job, &t, client, s))
			}
		}
	}
	return targets, notes, nil
}

func fromTarget(job *scrapeconfig.Job, t *scrapeconfig.Target, client *http.Client, s scrapeconfig.Scraping) *Target {
	length := func(name string) time.Duration {
		d, _ := model.ParseDuration(t.Labels.Get(name)) // a target that is kept has good ones
		return time.Duration(d)
	}
	return &Target{
		Job: job.Name, Labels: t.Public(), URL: t.URL, Client: client, MaxBody: s.BodySizeLimit,
		Interval: length(model.ScrapeIntervalLabel), Timeout: length(model.ScrapeTimeoutLabel),
		Request:  Request{Protocols: s.Protocols, Protobuf: s.NativeHistograms, Escaping: s.Escaping, Identity: !s.Compression},
		Settings: job.Capture(),
	}
}
