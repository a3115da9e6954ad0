package capture

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/manifest"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
	"github.com/scrapebook/scrapebook/signals/internal/near"
)

// A making makes the targets of a capture of what folders tell and capture.yaml
// says, and brings its entries into their order.
type making struct {
	*Capture
	manifest   *manifest.Manifest
	opts       Options
	drafts     []*draft
	defaultJob bool // some target's folders name no job
}

// targets makes them all.
func (c *making) targets(folders []folder) error {
	c.dumps()
	if err := c.draw(folders); err != nil {
		return err
	}
	c.unused()
	distances := c.keep(c.relabel())
	slices.SortFunc(c.Files, byFile)
	for _, f := range c.Files {
		c.Ignored = append(c.Ignored, f.File)
	}
	if len(c.Targets) == 0 && len(c.bulks) == 0 {
		return &NoScrapesError{Name: c.Name, Dropped: len(c.drafts)}
	}
	c.order()
	c.interval(distances)
	return nil
}

// draw makes a draft of each target. The entries' targets are their numbers
// then.
func (c *making) draw(folders []folder) error {
	slices.SortFunc(c.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.target, b.target), cmp.Compare(a.time, b.time), cmp.Compare(a.dir, b.dir), cmp.Compare(a.name(), b.name()))
	})
	for first := 0; first < len(c.entries) && c.entries[first].target != noTarget; {
		last := first
		for last+1 < len(c.entries) && c.entries[last+1].target == c.entries[first].target {
			last++
		}
		d := &draft{place: -1, entries: c.entries[first : last+1]}
		c.describe(d, folders[c.entries[first].target])
		if err := c.duplicate(d); err != nil {
			return err
		}
		for i := range d.entries {
			d.entries[i].target = uint32(len(c.drafts))
		}
		c.drafts = append(c.drafts, d)
		first = last + 1
	}
	return nil
}

// relabel returns the targets that relabel_configs keep, in the order of their
// labels.
func (c *making) relabel() (kept []*draft) {
	var dropped []string
	for _, d := range c.drafts {
		keep, invalid := d.relabel()
		switch {
		case keep:
			kept = append(kept, d)
			continue
		case invalid != "":
			c.problem("target-invalid", invalid)
		default:
			dropped = append(dropped, d.origin())
		}
		c.drop(d, "its target is dropped by relabel_configs")
	}
	if len(dropped) > 0 {
		c.problem("target-dropped", fmt.Sprintf("relabel_configs drop %s (%s); their files are ignored",
			message.Plural(len(dropped), "target"), message.List(some(dropped), len(dropped))))
	}
	slices.SortStableFunc(kept, func(a, b *draft) int {
		return cmp.Or(strings.Compare(a.target.Job, b.target.Job), strings.Compare(a.target.Instance, b.target.Instance),
			labels.Compare(a.target.Labels, b.target.Labels))
	})
	return kept
}

// keep takes the targets into the capture, of those with the same labels the
// first. It returns the distances of their scrapes, in milliseconds.
func (c *making) keep(drafts []*draft) (distances []int64) {
	var previous *draft
	for _, d := range drafts {
		t := d.target
		if previous != nil && previous.target.Job == t.Job && previous.target.Instance == t.Instance && labels.Equal(previous.target.Labels, t.Labels) {
			c.problem("target-clash", fmt.Sprintf("the targets %s and %s have the same labels; the latter's %s are ignored",
				message.Show(previous.origin()), message.Show(d.origin()), message.Plural(len(d.entries), "scrape")))
			c.drop(d, "its target has the same labels as another")
			continue
		}
		previous = d
		d.place = len(c.Targets)
		c.Targets = append(c.Targets, t)
		c.origins = append(c.origins, folder{job: d.layoutJob, instance: d.address, path: d.path})
		distances = append(distances, d.distances()...)
	}
	return distances
}

// dumps says when there are several.
func (c *making) dumps() {
	seen := map[string]bool{}
	for i := range c.entries {
		if e := &c.entries[i]; e.target == noTarget {
			seen[path.Join(c.dirs[e.dir], e.body)] = true
		}
	}
	if len(seen) > 1 {
		c.problem("several-dumps", fmt.Sprintf("there are %s: what stands in more than one of them counts once", message.Plural(len(seen), "dump")))
	}
}

// order puts the entries of kept targets into the order of the stream.
func (c *making) order() {
	c.entries = slices.DeleteFunc(c.entries, func(e entry) bool { return e.target != noTarget && c.drafts[e.target].place < 0 })
	for i := range c.entries {
		if e := &c.entries[i]; e.target != noTarget {
			e.target = uint32(c.drafts[e.target].place)
		}
	}
	slices.SortFunc(c.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.target, b.target))
	})
	c.Scrapes = len(c.entries)
	c.Start, c.End = c.entries[0].time, c.entries[c.Scrapes-1].time
	for _, b := range c.bulks {
		c.End = max(c.End, b.last)
	}
}

// interval finds the capture's, from the distances of scrapes when nothing says
// it.
func (c *making) interval(distances []int64) {
	c.Interval = cmp.Or(max(c.opts.Interval, 0), c.manifest.Top.Interval)
	if c.Interval != 0 {
		return
	}
	if len(distances) == 0 {
		for _, b := range c.bulks {
			if b.step > 0 {
				distances = append(distances, b.step)
			}
		}
	}
	c.Interval = clock.MedianInterval(distances)
}

// A draft is a target in the making.
type draft struct {
	target    *Target
	place     int    // among the capture's targets; -1 when it is none
	address   string // the instance that the folder or the capture names
	layoutJob string // the job that the folder names, or its default
	path      string // of metrics, where an instance has several
	job       string // that job, or what `jobs` and `targets` call it
	labels    map[string]string
	entries   []entry // by time
}

// origin names the target as its files do.
func (d *draft) origin() string { return d.layoutJob + "/" + d.address }

// describe applies settings to what the folders say.
func (c *making) describe(d *draft, f folder) {
	m := c.manifest
	name := strings.ToValidUTF8(c.Name, "\uFFFD")
	d.address = cmp.Or(f.instance, name)
	d.path = f.path
	d.layoutJob = f.finalJob(name, c.opts.Job, m.Top.Job)
	c.defaultJob = c.defaultJob || f.given || f.job == "" && f.content == ""
	specific := manifest.Settings{}.Over(m.Jobs.Find(d.layoutJob)).Over(m.Targets.Find(d.origin()))
	if f.job == "" || f.given {
		specific = specific.Over(m.Targets.Find(d.address))
	}
	d.job = cmp.Or(specific.Job, d.layoutJob)
	s := m.Top.Over(&specific)
	d.labels = s.Labels
	d.target = &Target{
		Interval:                 s.Interval,
		First:                    d.entries[0].time,
		Last:                     d.entries[len(d.entries)-1].time,
		Scrapes:                  len(d.entries),
		HonorLabels:              s.HonorLabels == manifest.Yes,
		HonorTimestamps:          s.HonorTimestamps != manifest.No,
		TrackTimestampsStaleness: s.TrackStaleness == manifest.Yes,
	}
	applySettings(&s, d.target)
	d.target.FallbackScrapeProtocol = cmp.Or(d.target.FallbackScrapeProtocol, c.opts.FallbackScrapeProtocol)
	if s.Relabel != nil {
		d.target.Relabel = Relabel{*s.Relabel}
	}
	if s.MetricRelabel != nil {
		d.target.MetricRelabel = Relabel{*s.MetricRelabel}
	}
	if d.target.Interval == 0 {
		d.target.Interval = clock.MedianInterval(d.distances())
	}
}

// distances are those between consecutive scrapes, in milliseconds.
func (d *draft) distances() []int64 {
	out := make([]int64, 0, len(d.entries))
	for i := 1; i < len(d.entries); i++ {
		out = append(out, d.entries[i].time-d.entries[i-1].time)
	}
	return out
}

// relabel finds the target's final labels as Prometheus' scrape.PopulateLabels
// does (scrape/target.go): `labels` come first, job and the internal labels
// where they name none, then relabel_configs; instance falls back to
// __address__; names that begin with "__" are gone at the end. The interval,
// metrics path and scheme can be read by relabel_configs, and have no effect
// when changed: the scrapes were made already. When the target is not kept,
// invalid says why Prometheus would refuse it; it is empty when relabel_configs
// drop it.
func (d *draft) relabel() (keep bool, invalid string) {
	b := labels.NewBuilder(labels.EmptyLabels())
	b.Set(model.AddressLabel, d.address)
	if d.path != "" {
		b.Set("metrics_path", d.path)
	}
	for name, value := range d.labels {
		b.Set(name, value)
	}
	for _, l := range []labels.Label{
		{Name: model.JobLabel, Value: d.job},
		{Name: model.ScrapeIntervalLabel, Value: model.Duration(d.target.Interval).String()},
		{Name: model.MetricsPathLabel, Value: cmp.Or(d.path, "/metrics")},
		{Name: model.SchemeLabel, Value: "http"},
	} {
		if b.Get(l.Name) == "" {
			b.Set(l.Name, l.Value)
		}
	}
	ls, keep := d.target.Relabel.Apply(b.Labels())
	if !keep {
		return false, ""
	}
	address := ls.Get(model.AddressLabel)
	if address == "" || address != d.address && strings.Contains(address, "/") {
		return false, fmt.Sprintf("the target %s has the address %q after relabelling, which Prometheus refuses; its %s are ignored",
			message.Show(d.origin()), address, message.Plural(len(d.entries), "scrape"))
	}
	d.target.Job, d.target.Instance = ls.Get(model.JobLabel), cmp.Or(ls.Get(model.InstanceLabel), address)
	b.Reset(ls)
	ls.Range(func(l labels.Label) {
		if l.Name == model.JobLabel || l.Name == model.InstanceLabel || strings.HasPrefix(l.Name, model.ReservedLabelPrefix) {
			b.Del(l.Name)
		}
	})
	d.target.Labels = b.Labels()
	return true, ""
}

func (c *making) problem(id, message string) {
	c.Problems = append(c.Problems, Problem{ID: id, Message: message})
}

// drop ignores a target's files.
func (c *making) drop(d *draft, why string) {
	last := ""
	for i := range d.entries {
		if e := d.entries[i]; c.ordinal(&e) > 0 {
			c.dropped = append(c.dropped, droppedEntry{e, folder{job: d.layoutJob, instance: d.address, path: d.path}})
		}
		for _, file := range c.filesOf(&d.entries[i]) {
			if file != last { // the scrapes of one file stand together
				c.Files = append(c.Files, IgnoredFile{File: file, Reason: why})
			}
			last = file
		}
	}
}

// duplicate looks for two scrapes at the same time.
func (c *making) duplicate(d *draft) error {
	for i := 1; i < len(d.entries); i++ {
		a, b := &d.entries[i-1], &d.entries[i]
		if a.time == b.time {
			return &DuplicateError{Name: c.Name, Job: d.job, Instance: d.address, Time: a.time,
				Files: [2]string{c.nameOf(a), c.nameOf(b)}}
		}
	}
	return nil
}

// nameOf is what a scrape is called in messages and in Scrape.File.
func (c *Capture) nameOf(e *entry) string {
	name := path.Join(c.dirs[e.dir], e.name())
	if e.part > 0 && c.parts[e.part-1].n > 0 {
		name += "#" + strconv.Itoa(int(c.parts[e.part-1].n))
	}
	return name
}

// unused reports settings for jobs and targets that are not there: a typing
// error would otherwise go unseen.
func (c *making) unused() {
	m := c.manifest
	report := func(file, message string) {
		c.Problems = append(c.Problems, Problem{File: file, ID: "unused-setting", Message: message})
	}
	var jobs, targets []string
	for _, d := range c.drafts {
		jobs, targets = append(jobs, d.layoutJob), append(targets, d.origin())
	}
	names := func(key string, s *manifest.Section, there []string) {
		for _, name := range s.Unused() {
			text := key + ": " + message.Show(name) + " fits no target of the capture"
			if n := near.Word(name, there); n != "" {
				text += "; did you mean " + message.Show(n) + "?"
			}
			report(naming.ManifestName, text)
		}
	}
	names("jobs", &m.Jobs, jobs)
	names("targets", &m.Targets, targets)
	named := " is not used: every target's folder, name or content tells its job; capture.yaml gives it another name (jobs: NAME: job), or " + c.opts.Names.name() + " does"
	switch {
	case c.defaultJob:
	case c.opts.Job != "":
		report("", "the job "+message.Show(c.opts.Job)+named)
	case m.Top.Job != "":
		report(naming.ManifestName, "job: "+message.Show(m.Top.Job)+" at the top"+named)
	}
}

// applySettings sets the fields of a target that are plain values.
func applySettings(s *manifest.Settings, t *Target) {
	for i, to := range [...]*int{&t.SampleLimit, &t.LabelLimit, &t.LabelNameLengthLimit, &t.LabelValueLengthLimit} {
		if s.Limits[i] != nil {
			*to = int(*s.Limits[i])
		}
	}
	if size := s.Limits[len(s.Limits)-1]; size != nil {
		t.BodySizeLimit = *size
	}
	for i, to := range [...]*bool{&t.ScrapeNativeHistograms, &t.AlwaysScrapeClassicHistograms, &t.ConvertClassicHistogramsToNHCB, &t.ExtraScrapeMetrics} {
		*to = s.Choices[i] == manifest.Yes
	}
	t.NativeHistogramsRefused = s.Choices[0] == manifest.No
	t.FallbackScrapeProtocol, t.MetricNameValidationScheme, t.Ends = s.Texts[0], s.Texts[1], s.Texts[2]
	if t.Ends == "kept" {
		t.Ends = ""
	}
}
