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
	// Job is the job of targets whose folders, names and contents tell none. It
	// goes before `job` at the top of capture.yaml.
	Job string
	// FallbackScrapeProtocol is how bodies are read that came without a
	// Content-Type, by Prometheus' names (see Target); capture.yaml goes before
	// it. "" is nothing said, and any other word is an error of Open.
	FallbackScrapeProtocol string
	// MaxBody bounds the body of one scrape in bytes after decompression; a
	// larger one is a scrape with an Err. Zero or less means DefaultMaxBody.
	MaxBody int64
	// Interval, when above zero, is taken as Capture.Interval instead of the
	// median. Target.Interval is not touched.
	Interval time.Duration
	// TimeFrom says where the times of scrapes come from that neither name nor
	// content gives: "" is nowhere, which is a *NoTimeError; TimeFromMtime is
	// the modification time of their files.
	TimeFrom string
	// Every is the distance of scrapes that have an order but no times: files
	// that are numbered, and scrapes in one file. Zero or less is unknown.
	Every time.Duration
	// End is the time of the last of them; zero: the last one's modification
	// time, which Problems says.
	End time.Time
	// Untimed accepts scrapes whose times nothing tells, so that a capture can
	// be shown: they get times a second apart, in their order where they have
	// one, and Capture.Untimed. Without it that is a *NoTimeError.
	Untimed bool
	// Name, when not nil, is matched against the path of each file within the
	// capture. Its groups named job, target and time go before all else that a
	// path says.
	Name *regexp.Regexp
	// Limits bound what is read of an archive.
	Limits Limits
	// Names are what messages call the options that they advise to set.
	Names OptionNames
}

// OptionNames are what the messages of errors and problems call options. An
// empty one is called as in Go: Options.Name. A program names its flags.
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

// Decompress returns what r holds, without up to three compressions around it:
// gzip, zstd, snappy (its framing format), xz or bzip2, told by their first
// bytes. It is
// how a Stream reads bodies, and an expfmt.Options.Decompress. What
// decompresses to more than max bytes gives ErrBodyTooLarge behind them; zero
// or less means DefaultMaxBody.
func Decompress(r io.Reader, max int64) (io.Reader, error) {
	return codec.Decompress(r, Options{MaxBody: max}.maxBody())
}

// A Capture is the listing of saved scrapes: which targets there are and when
// each was scraped. Its fields are to be read only. Several Streams of one
// Capture may run at once.
type Capture struct {
	// Name is what the capture is called: the directory's or the file's name,
	// or "stdin".
	Name string
	// Targets are sorted by job, instance and labels. Each has at least one
	// scrape.
	Targets []*Target
	// Ignored are the paths of files that are no scrape, no companion of one,
	// and not the capture's capture.yaml, and of those that relabel_configs
	// dropped; sorted. A folder that was not entered ends in a slash.
	Ignored []string
	// Files says of each of Ignored why, in the same order.
	Files []IgnoredFile
	// TimeSources say where the times of the scrapes come from, in the order in
	// which sources are preferred.
	TimeSources []TimeSource
	// Problems are what a user should know of the listing, in the order found.
	// Their ids stand at Problem.
	Problems []Problem
	// Scrapes counts all scrapes, failed ones included.
	Scrapes int
	// Start and End are the times of the first and the last scrape, in
	// milliseconds since the epoch.
	Start, End int64
	// Untimed is not nil when the times of some scrapes are invented, as
	// Options.Untimed allows. It says what would settle them.
	Untimed *NoTimeError
	// Incidents are what capture.yaml knows to have happened; nil when it says
	// nothing of it, and empty when it says that nothing happened.
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
//
//	id                        what it means
//	time-from-mtime           names of single scrapes have no time; a modification time was taken for all
//	time-from-archive         nor have the members of an archive; the archive's own modification time was taken
//	time-from-clock           standard input has no time; the present was taken
//	time-zone-assumed         a time in a name has no zone; UTC was taken (one problem for all)
//	time-source               times are from elsewhere than names and dates (one problem for each source)
//	end-from-mtime            numbered scrapes end at a modification time, since Options.End is not set
//	order-reversed            numbers of names fall with time, as counters tell
//	order-assumed             counters do not tell clearly in which order numbered files are
//	number-is-target          numbers in names were taken to tell targets apart
//	number-is-count           numbers in names were taken to count scrapes
//	target-from-folder        files in several folders are called the same; the folders tell targets apart
//	sequence-in-names         words such as before and after in names order the scrapes of one target
//	path-from-name            a name tells another path of metrics than /metrics, of the same process
//	curl-progress             curl's progress meter was taken out of a file
//	text-unwrapped            what stands around a text, or before its lines, was taken off
//	samples-left-out          samples of a dump or an answer that have no form here
//	targets-in-file           what stands in a file names the targets
//	exposition-repeats        a scrape is likely to be several, which cannot be told apart
//	scrape-without-time       scrapes in a file have no date while others have one; not read
//	several-dumps             there is more than one dump
//	name-time                 the group time of Options.Name is no time
//	utf-16                    several scrapes, or one with headers, stand in a file in UTF-16; they are read as UTF-8
//	name-unmatched            Options.Name does not fit all files
//	symlink-ignored           a symbolic link was not followed
//	special-file-ignored      a device, pipe or socket was not opened
//	unreadable-folder         a folder could not be listed
//	manifest-name             a file that may be meant as capture.yaml is not read
//	unused-setting            a setting of capture.yaml or the options is for a job or target that is not there
//	target-dropped            relabel_configs dropped targets (one problem for all)
//	target-invalid            relabel_configs left a target that Prometheus refuses; it was dropped
//	target-clash              a target has the same labels as another; it was dropped
type Problem struct {
	File    string // path within the capture; empty when it is about no single file
	ID      string
	Message string
}

// Open lists the scrapes of the capture at the root of fsys. It reads names,
// capture.yaml, and what canonical names do not tell from files. The name is
// what the capture is called ("capture" when it is empty): it stands in
// messages, and is the instance of scrapes that lie in no folder.
//
// The errors are *NoScrapesError, *NoTimeError, *DuplicateError, *ManifestError
// (several of these joined), or what reading the root gave.
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

// FallbackScrapeProtocols returns the names that
// Options.FallbackScrapeProtocol may have.
func FallbackScrapeProtocols() []string { return manifest.FallbackScrapeProtocols() }

// ProtocolContentType returns the media type behind a name of
// FallbackScrapeProtocols (config.ScrapeProtocol.HeaderMediaType); "" for any
// other.
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

// IsComponent tells whether a job is called as scrapebook calls the scrapes of
// a program that it knows, such as kube-proxy or etcd.
func IsComponent(job string) bool { return component.Known(job) }
