package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/scrapebook/scrapebook/signals/capture/internal/component"
	"github.com/scrapebook/scrapebook/signals/capture/internal/manifest"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// DefaultMaxBody bounds one decompressed body when Options.MaxBody is zero: 1
// GiB.
const DefaultMaxBody = 1 << 30

// Options say what names and capture.yaml leave open. The zero value is ready
// to use.
type Options struct {
	// Job is the job of those targets whose folders, names and contents tell
	// none. It takes precedence over `job` at the top of capture.yaml.
	Job string
	// FallbackScrapeProtocol says how bodies without a Content-Type are read:
	// one of FallbackScrapeProtocols, or "" when nothing is known. What
	// capture.yaml says takes precedence. Any other word is an error of Open.
	FallbackScrapeProtocol string
	// MaxBody bounds the body of one scrape in bytes after decompression; a
	// larger one is a scrape with an Err. Zero or less means DefaultMaxBody.
	MaxBody int64
	// Interval, when it is above zero, becomes Capture.Interval in place of the
	// median. It does not change Target.Interval.
	Interval time.Duration
	// TimeFrom says where to take the time of a scrape from when neither its
	// name nor its content gives one: TimeFromMtime is the modification time of
	// its file; with "" such a scrape makes Open fail with a *NoTimeError. Any
	// other word is an error.
	TimeFrom string
	// Every is the time between scrapes that have an order but no times:
	// numbered files, and scrapes in one file. Zero or less means that it is
	// not known.
	Every time.Duration
	// End is the time of the last of the scrapes that Every is for. When it is
	// zero, the modification time of the last one is taken, and a Problem says
	// so.
	End time.Time
	// Untimed accepts scrapes whose times nothing tells, so that a capture can
	// be shown. They get times one second apart, in their order if they have
	// one, and Capture.Untimed is set. Without it Open fails with a
	// *NoTimeError.
	Untimed bool
	// Name, when it is not nil, is matched against the path of each file within
	// the capture. What its groups named job, target and time match takes
	// precedence over all else that the path says. An expression without any of
	// these groups is an error.
	Name *regexp.Regexp
	// Limits bound what is read of an archive.
	Limits Limits
	// Names are what messages call the options that they advise to set.
	Names OptionNames
}

// OptionNames are the words by which the messages of errors and problems call
// options. A program puts the names of its flags here; an option whose name is
// empty is called as in Go, such as Options.Name.
type OptionNames struct {
	Name, TimeFrom, Every, End string
	// The fields of Limits.
	MaxMember, MaxTotal, MaxMembers, MaxHeld string
}

func (n OptionNames) name() string { return cmp.Or(n.Name, "Options.Name") }
func (n OptionNames) timeFrom() string {
	return cmp.Or(n.TimeFrom, "Options.TimeFrom") + " " + TimeFromMtime
}
func (n OptionNames) every() string { return cmp.Or(n.Every, "Options.Every") }
func (n OptionNames) end() string   { return cmp.Or(n.End, "Options.End") }

func (n OptionNames) maxMember() string { return cmp.Or(n.MaxMember, "Limits.MaxMember") }

// limit is what raises one of Limits, as a message says it.
func (n OptionNames) limit(field string) string {
	called := map[string]string{"MaxTotal": n.MaxTotal, "MaxMembers": n.MaxMembers, "MaxHeld": n.MaxHeld}[field]
	if called == "" {
		return ""
	}
	return "with " + called
}

// TimeFromMtime is the value of Options.TimeFrom that accepts modification
// times.
const TimeFromMtime = "mtime"

func (o Options) maxBody() int64 {
	if o.MaxBody <= 0 {
		return DefaultMaxBody
	}
	return o.MaxBody
}

// Decompress takes up to three layers of compression off what r holds: gzip,
// zstd, snappy (its framing format), xz or bzip2, which their first bytes tell.
// What is not compressed is read as it is. Reading more than max bytes fails
// with an error that has ErrBodyTooLarge in its chain; zero or less means
// DefaultMaxBody. A Stream reads bodies so, and it can be an
// expfmt.Options.Decompress.
func Decompress(r io.Reader, max int64) (io.Reader, error) {
	return codec.Decompress(r, Options{MaxBody: max}.maxBody())
}

// A Capture is a list of saved scrapes: which targets there are, and when each
// was scraped. Its fields are only to be read. Several Streams of one Capture
// may run at the same time.
type Capture struct {
	// Name is what the capture is called: the directory's or the file's name,
	// or "stdin".
	Name string
	// Targets are sorted by job, instance and labels. Each has at least one
	// scrape.
	Targets []*Target
	// Ignored are the paths of the files that are no part of the capture: no
	// scrape, not the headers or the error of one, and not its capture.yaml.
	// The files of targets that relabel_configs dropped are among them. They
	// are sorted; a folder that was not entered ends in a slash.
	Ignored []string
	// Files says of each of Ignored why, in the same order.
	Files []IgnoredFile
	// TimeSources say where the times of the scrapes come from, in the order in
	// which sources are preferred.
	TimeSources []TimeSource
	// Problems are what a user should know of the listing, in the order found.
	Problems []Problem
	// Scrapes counts all scrapes, failed ones included.
	Scrapes int
	// Start and End are the times of the first and the last scrape, in
	// milliseconds since the epoch.
	Start, End int64
	// Untimed is not nil when the times of some scrapes are made up, as
	// Options.Untimed allows. It says what would tell them.
	Untimed *NoTimeError
	// Progress, when it is set, is called by Stream.Next with how many scrapes
	// the stream has read, out of Scrapes.
	Progress func(read int)
	// Incidents are the things that capture.yaml says to have happened. They
	// are nil when it says nothing about that, and empty when it says that
	// nothing did.
	Incidents []Incident
	// Interval is Options.Interval, else the interval at the top of
	// capture.yaml, else the median distance of consecutive scrapes over all
	// targets, rounded to whole seconds when it is within 2 % of them. It is 0
	// when no target was scraped twice.
	Interval time.Duration

	entries  []entry // by time, then target
	parts    []filePart
	bulks    []bulk
	origins  []folder // of Targets: job and instance before settings and relabelling
	dirs     []string
	open     codec.OpenFunc
	maxBody  int64
	settings []byte         // the text of capture.yaml
	dropped  []droppedEntry // scrapes of files of which others are kept, perhaps
}

// A Target is one source of scrapes and what capture.yaml says of it,
// relabel_configs applied.
type Target struct {
	// Job and Instance are the target's labels of these names. Job may be empty
	// when relabelling removed it.
	Job, Instance string
	// Labels are the labels that capture.yaml adds, without job, instance and
	// names that begin with "__".
	Labels labels.Labels
	// Interval is what capture.yaml says, else the median distance of the
	// target's scrapes, rounded as Capture.Interval is; 0 when it has a single
	// scrape.
	Interval time.Duration
	// First and Last are the times of its first and last scrape, in
	// milliseconds since the epoch.
	First, Last int64
	// Scrapes counts its scrapes, failed ones included.
	Scrapes int
	// HonorLabels, HonorTimestamps and TrackTimestampsStaleness are Prometheus'
	// scrape settings of these names, by default false, true and false.
	HonorLabels, HonorTimestamps, TrackTimestampsStaleness bool
	// Relabel are the target's relabel_configs. They are applied already; they
	// are here to be shown.
	Relabel Relabel
	// MetricRelabel are the metric_relabel_configs, to be applied to every
	// sample.
	MetricRelabel Relabel
	// The limits of Prometheus' scrape_config of these names; 0 is none.
	// BodySizeLimit is in bytes.
	SampleLimit, LabelLimit, LabelNameLengthLimit, LabelValueLengthLimit int
	BodySizeLimit                                                        int64
	// Prometheus' settings of these names, by default false.
	ScrapeNativeHistograms, AlwaysScrapeClassicHistograms, ConvertClassicHistogramsToNHCB, ExtraScrapeMetrics bool
	// NativeHistogramsRefused says that scrape_native_histograms stands there
	// as false. When it does not stand there, a histogram that has no other
	// form may be kept.
	NativeHistogramsRefused bool
	// FallbackScrapeProtocol is how a body is read whose Content-Type is
	// missing or strange, by Prometheus' names (PrometheusText0.0.4,
	// OpenMetricsText1.0.0, …); "" when it is not said.
	FallbackScrapeProtocol string
	// MetricNameValidationScheme is "utf8", "legacy", or "" when it is not
	// said, which is utf8.
	MetricNameValidationScheme string
	// Ends is "removed" when the target was taken out of service after its last
	// scrape, "" when its files just end.
	Ends string
}

// A TimeSource is where times of scrapes come from.
type TimeSource struct {
	Source  string // in words, such as "names" or "Date headers"
	Scrapes int    // whose times come from there; dumps count as one
	File    string // the first of them
	// Unzoned is one whose time has no zone, so that UTC is assumed; "" when
	// there is none.
	Unzoned string
}

// An IgnoredFile is a file, or a folder with a slash at its end, that is no
// part of the capture.
type IgnoredFile struct {
	File   string // path within the capture
	Reason string // one line
}

// A Problem is something a user should know of a capture though it can be read.
type Problem struct {
	File    string // path within the capture; empty when it is about no single file
	ID      string // one of ProblemIDs
	Message string
}

// Open lists the scrapes of the capture at the root of fsys. It reads the names
// of files and capture.yaml, and looks into the files whose names are not
// canonical. The name is what the capture is called, "capture" when it is
// empty: it stands in messages, and it is the instance of scrapes that lie in
// no folder.
//
// The error is a *NoScrapesError, a *NoTimeError, a *DuplicateError, one or
// several joined *ManifestErrors, one about options that are wrong, or what
// reading the root gave.
func Open(fsys fs.FS, name string, opts Options) (*Capture, error) {
	if fsys == nil {
		return nil, errors.New("capture: there is no file system to open")
	}
	name = cmp.Or(name, "capture")
	if opts.TimeFrom != "" && opts.TimeFrom != TimeFromMtime {
		return nil, fmt.Errorf("there are no times to be had from %s: it is %s or nothing", message.Show(opts.TimeFrom), TimeFromMtime)
	}
	if re := opts.Name; re != nil && re.SubexpIndex("job") < 0 && re.SubexpIndex("target") < 0 && re.SubexpIndex("time") < 0 {
		return nil, fmt.Errorf("the expression %s has no group named job, target or time: write (?P<target>…)", message.Show(re.String()))
	}
	return open(fsys, name, opts, origin{})
}

// FallbackScrapeProtocols returns the names that Options.FallbackScrapeProtocol
// can have, such as PrometheusText0.0.4.
func FallbackScrapeProtocols() []string { return manifest.FallbackScrapeProtocols() }

// ProtocolContentType returns the media type of a scrape protocol, such as
// text/plain for PrometheusText0.0.4 (config.ScrapeProtocol.HeaderMediaType);
// "" when there is no protocol of this name.
func ProtocolContentType(protocol string) string {
	switch protocol {
	case "PrometheusProto":
		return "application/vnd.google.protobuf"
	case "PrometheusText0.0.4", "PrometheusText1.0.0":
		return "text/plain"
	case "OpenMetricsText0.0.1", "OpenMetricsText1.0.0":
		return "application/openmetrics-text"
	}
	return ""
}

// An origin is where an archive was found.
type origin struct {
	saved time.Time // when it was saved, zero when that is not known
	stdin bool      // it comes from standard input
	only  string    // the file or folder in it that is wanted, "" for all
}

func open(fsys fs.FS, name string, opts Options, from origin) (*Capture, error) {
	if p := opts.FallbackScrapeProtocol; p != "" && !slices.Contains(FallbackScrapeProtocols(), p) {
		return nil, fmt.Errorf("there is no scrape protocol %s: write one of %s", message.Show(p), strings.Join(FallbackScrapeProtocols(), ", "))
	}
	l := newListing(fsys, name, opts)
	l.in.saved, l.in.stdin = from.saved, from.stdin
	if err := l.walk.all(); err != nil {
		return nil, err
	}
	return l.capture()
}

// capture makes a capture of what was listed.
func (l *listing) capture() (*Capture, error) {
	if err := l.resolve(); err != nil {
		return nil, err
	}
	m := l.walk.manifest
	if m == nil {
		m = &manifest.Manifest{}
	}
	c := &Capture{
		Name:     l.in.name,
		Files:    l.notes.ignored,
		Problems: l.notes.problems,
		Untimed:  l.timing.unknown,

		TimeSources: l.timeSources(),

		dirs:      l.walk.dirs,
		entries:   l.scrapes.entries,
		parts:     l.scrapes.parts,
		bulks:     l.scrapes.bulks,
		maxBody:   l.in.opts.maxBody(),
		open:      l.in.looker.OpenFile,
		settings:  m.Text,
		Incidents: incidents(m.Incidents),
	}
	if err := (&making{Capture: c, manifest: m, opts: l.in.opts}).targets(l.targets.folders); err != nil {
		return nil, err
	}
	return c, nil
}

// IsComponent tells whether a job has the name that scrapebook gives to the
// scrapes of a program that it knows by its metrics, such as kube-proxy or
// etcd.
func IsComponent(job string) bool { return component.Known(job) }
