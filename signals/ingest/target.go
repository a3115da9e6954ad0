package ingest

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// settings are what capture.yaml says of a target. They never change.
type settings struct {
	labels                       labels.Labels // job, instance and those of capture.yaml
	honorLabels                  bool
	honorTimes                   bool
	trackTimes                   bool
	relabel                      capture.Relabel
	validation                   model.ValidationScheme
	native, keepClassic, convert bool // Prometheus' three settings of histograms
	nativeRefused                bool
	fallback                     string // media type, or ""
	sampleLimit                  int
	bodySizeLimit                int64
	limits                       limits
	timeout                      float64 // seconds
	extra                        bool    // extra_scrape_metrics
	earlier                      bool    // Options.Prometheus2
}

// target is what is remembered of a target between its scrapes: upstream's
// scrapeCache, and what its next body is read with.
type target struct {
	of *capture.Target
	settings
	reading reading
	spare   spares // decoded that were stored

	iter      uint32
	lines     map[string]*line          // by the series part of a line, as written
	series    map[timeline.Ref]*tracked // those of which another is the owner
	cur       []*tracked                // tracked in this scrape
	prev      []*tracked                // tracked in the one before
	hits      int                       // lines seen in this scrape
	goodLines int                       // len(lines) after the last good scrape

	roomOfLines   []line
	roomOfTracked []tracked

	repeats *decoded      // the last scrape, while the next may repeat it, see repeat.go
	row     *timeline.Row // of its series, once one did
	shared  bool
	last    bool           // its last scrape was stored
	over    bool           // and nothing is written any more
	reports []timeline.Ref // see reportSeries
}

// line is what one spelling of a series stands for.
type line struct {
	*tracked        // nil: dropped by relabelling
	lastIter uint32 // the scrape that showed it last
	gone     bool   // it is forgotten
}

// tracked is a series as far as staleness goes.
type tracked struct {
	ref         timeline.Ref
	shown       bool // see markShown
	trackedIter uint32
}

func (in *Ingester) target(ct *capture.Target) *target {
	in.mu.Lock()
	defer in.mu.Unlock()
	if t, ok := in.targets[ct]; ok {
		return t
	}
	lb := labels.NewBuilder(ct.Labels)
	lb.Set(model.JobLabel, ct.Job)
	lb.Set(model.InstanceLabel, ct.Instance)
	t := &target{
		of: ct,
		settings: settings{
			labels:        lb.Labels(),
			honorLabels:   ct.HonorLabels,
			honorTimes:    ct.HonorTimestamps,
			trackTimes:    ct.TrackTimestampsStaleness,
			relabel:       ct.MetricRelabel,
			validation:    model.UTF8Validation,
			native:        ct.ScrapeNativeHistograms,
			keepClassic:   ct.AlwaysScrapeClassicHistograms,
			convert:       ct.ConvertClassicHistogramsToNHCB,
			nativeRefused: ct.NativeHistogramsRefused,
			fallback:      capture.ProtocolContentType(ct.FallbackScrapeProtocol),
			sampleLimit:   ct.SampleLimit,
			bodySizeLimit: ct.BodySizeLimit,
			limits:        limits{ct.LabelLimit, ct.LabelNameLengthLimit, ct.LabelValueLengthLimit},
			timeout:       defaultTimeout.Seconds(),
			extra:         ct.ExtraScrapeMetrics || in.opts.ExtraScrapeMetrics,
			earlier:       in.opts.Prometheus2,
		},
		iter:   1,
		lines:  map[string]*line{},
		series: map[timeline.Ref]*tracked{},
	}
	if scheme := ct.MetricNameValidationScheme; scheme == "legacy" || in.opts.Prometheus2 && scheme == "" {
		t.validation = model.LegacyValidation
	}
	if ct.Interval > 0 {
		t.timeout = min(defaultTimeout, ct.Interval).Seconds()
	}
	t.reading = in.newReading(t)
	in.targets[ct] = t
	in.order = append(in.order, t)
	return t
}

func (in *Ingester) newReading(t *target) reading {
	return reading{conf: &t.settings, damage: in.opts.FailOnDamage, maxLine: in.opts.MaxLine, details: in.details, maker: newSeriesMaker(&t.settings)}
}

// finish forgets what a target's next scrape would be read and stored with: of
// targets that come and go, as pods do, little is held, see also sweep. Those
// that are to end need theirs for that.
func (in *Ingester) finish(ct *capture.Target) {
	t := in.target(ct)
	t.last = true
	if ct.Ends != endsRemoved {
		in.leave(t)
	}
}

// leave notes that nothing is written any more for a target.
func (in *Ingester) leave(t *target) {
	t.over = true
	t.endRepeats()
	in.held.Add(-t.reading.held)
	t.reading = in.newReading(t)
	t.spare.clear()
	t.lines = map[string]*line{}
	t.cur, t.prev = nil, nil
	t.roomOfLines, t.roomOfTracked = nil, nil
}

// endsRemoved is what capture.yaml says of a target that was taken out of
// service.
const endsRemoved = "removed"

// reportSeries are made when they are first written, as upstream makes them,
// not before the target's own: the order in which series came to be decides
// which of several equals topk takes, and the order of a sum.
func (t *target) reportSeries(tl *timeline.Timeline, own *owners) []timeline.Ref {
	if t.reports == nil {
		names := reportNames[:baseReports]
		if t.extra {
			names = reportNames[:]
		}
		lb := labels.NewBuilder(t.labels)
		for _, name := range names {
			lb.Reset(t.labels)
			lb.Set(model.MetricNameLabel, name)
			ref := tl.Series(lb.Labels())
			own.own(ref, nil, nil)
			t.reports = append(t.reports, ref)
		}
	}
	return t.reports
}

// newTracked and newLine make room for several at once.
func (t *target) newTracked(ref timeline.Ref) *tracked {
	if len(t.roomOfTracked) == 0 {
		t.roomOfTracked = make([]tracked, roomFor)
	}
	s := &t.roomOfTracked[0]
	t.roomOfTracked = t.roomOfTracked[1:]
	s.ref = ref
	return s
}

func (t *target) newLine(s *tracked) *line {
	if len(t.roomOfLines) == 0 {
		t.roomOfLines = make([]line, roomFor)
	}
	l := &t.roomOfLines[0]
	t.roomOfLines = t.roomOfLines[1:]
	l.tracked = s
	return l
}

// track notes that this scrape showed the series, so that its absence from
// the next one will be marked.
func (t *target) track(s *tracked) {
	if s.trackedIter != t.iter {
		s.trackedIter = t.iter
		t.cur = append(t.cur, s)
	}
}

// remember keeps what a spelling stands for; nil: dropped by relabelling.
func (t *target) remember(c *cell, tr *tracked) {
	c.line = t.newLine(tr)
	c.line.lastIter = t.iter
	t.lines[c.text] = c.line
	t.hits++
}

// lineOf returns what a spelling stands for, nil when it is not known.
func (t *target) lineOf(c *cell) *line {
	if c.line == nil || c.line.gone {
		c.line = t.lines[c.text]
	}
	return c.line
}

// endScrape turns to the next scrape. After one with a body that was good,
// spellings that it did not show are forgotten. After failed or empty ones they
// stay, so that scrape_series_added does not count them again, unless they pile
// up (scrapeCache.iterDone, which counts metadata as well).
func (t *target) endScrape(good bool) {
	count := len(t.lines)
	if good || count > 2*t.goodLines+1000 {
		if t.hits < count {
			for text, e := range t.lines {
				if e.lastIter != t.iter {
					e.gone = true
					delete(t.lines, text)
				}
			}
		}
		if good {
			t.goodLines = count
		}
	}
	t.prev, t.cur = t.cur, t.prev[:0]
	t.hits = 0
	t.iter++
}

// SampleLabels are the labels with which a sample of a target is stored, made
// of those that it brings; ok is false when relabelling drops it.
func (in *Ingester) SampleLabels(t *capture.Target, own labels.Labels) (final labels.Labels, ok bool) {
	return in.target(t).sampleLabels(labels.NewBuilder(labels.EmptyLabels()), own)
}

// sampleLabels gives a sample its final labels: those of the target added,
// clashes resolved, metric_relabel_configs applied. False: relabelling
// dropped it. It follows mutateSampleLabels of scrape/scrape.go.
func (t *settings) sampleLabels(lb *labels.Builder, own labels.Labels) (labels.Labels, bool) {
	lb.Reset(own) // drops labels with an empty value
	if t.honorLabels {
		t.labels.Range(func(l labels.Label) {
			if !own.Has(l.Name) { // instance="" suppresses the target's, too
				lb.Set(l.Name, l.Value)
			}
		})
	} else {
		var clashes []labels.Label
		t.labels.Range(func(l labels.Label) {
			if v := own.Get(l.Name); v != "" {
				clashes = append(clashes, labels.Label{Name: l.Name, Value: v})
			}
			lb.Set(l.Name, l.Value)
		})
		exportClashes(lb, clashes)
	}
	return t.relabel.Apply(lb.Labels())
}

// exportClashes puts the exposed values of labels that the target's took the
// place of under exported_NAME, with more exported_ before it until it is
// free; short names first.
func exportClashes(lb *labels.Builder, clashes []labels.Label) {
	slices.SortStableFunc(clashes, func(a, b labels.Label) int { return len(a.Name) - len(b.Name) })
	for _, l := range clashes {
		name := model.ExportedLabelPrefix + l.Name
		for lb.Get(name) != "" {
			name = model.ExportedLabelPrefix + name
		}
		lb.Set(name, l.Value)
	}
}
