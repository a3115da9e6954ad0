package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
)

// captureFlags say how a capture is to be understood. They are the same for
// every command that reads one.
type captureFlags struct {
	cmd                                      *cobra.Command // whose flags they are
	job, timeFrom, end, name, onDamage, gaps string
	protocol                                 string
	every                                    duration
	maxSize, maxFile, maxMemory, maxLine     size
	maxFiles                                 int
	workers                                  int
	all                                      bool // every row of lists, where there is a flag for it
}

func (f *captureFlags) register(cmd *cobra.Command) {
	f.registerReading(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.onDamage, "on-damage", "skip", "`MODE` for a damaged line: skip it, or fail its scrape as a live server does")
	fl.StringVar(&f.gaps, "gaps", "", "`MODE` for missing scrapes: failed counts them as failed ones (default: they are reported alone)")
	completeValues(cmd, "on-damage", "skip", "fail")
	completeValues(cmd, "gaps", ingest.GapsFailed)
}

// registerReading registers those that say what the files are, and not what
// follows from them.
func (f *captureFlags) registerReading(cmd *cobra.Command) {
	f.cmd = cmd
	fl := cmd.Flags()
	fl.StringVar(&f.job, "job", "", "`JOB` of targets whose path names none")
	fl.StringVar(&f.name, "name", "", "`REGEX` for paths in the capture; its groups job, target and time (?P<target>…) say what a path means")
	fl.StringVar(&f.timeFrom, "time-from", "", "`SOURCE` of times, before what names say: mtime, the files' modification times")
	fl.StringVar(&f.protocol, "fallback-scrape-protocol", "", "`PROTOCOL` of bodies that came without a Content-Type, as in a scrape job, such as PrometheusText0.0.4 or OpenMetricsText1.0.0 (default: what they look like)")
	fl.Var(&f.every, "every", "time between scrapes that have an order and no times, such as metrics.1, metrics.2")
	fl.StringVar(&f.end, "end", "", "`TIME` of the last of such scrapes, with its date (default: its file's modification time)")
	fl.Var(&f.maxSize, "max-size", "limit for an archive, unpacked (default 16GiB)")
	f.registerLimits(cmd)
	fl.Var(&f.maxMemory, "max-memory", "limit for what an archive may take of memory, compressed (default 64MiB)")
	fl.IntVar(&f.maxFiles, "max-files", 0, "limit for the `NUMBER` of files in an archive (default 1000000)")
	fl.IntVarP(&f.workers, "jobs", "j", 0, "use `N` cores; the result is the same with any number (default: all)")
	completeValues(cmd, "time-from", capture.TimeFromMtime)
	completeValues(cmd, "fallback-scrape-protocol", capture.FallbackScrapeProtocols()...)
}

// registerLimits registers those for one scrape.
func (f *captureFlags) registerLimits(cmd *cobra.Command) {
	cmd.Flags().Var(&f.maxFile, "max-file", "limit for one scrape, unpacked (default 1GiB, in an archive 32MiB)")
	cmd.Flags().Var(&f.maxLine, "max-line", "limit for a line of a scrape, or a message of protobuf (default 64MiB)")
}

// open opens the capture that arguments name: several paths are one.
func (f *captureFlags) open(cmd *cobra.Command, args ...string) (*capture.Capture, error) {
	opts, err := f.options(cmd)
	if err != nil {
		return nil, err
	}
	return openCapture(cmd, args, opts)
}

// options checks the flags.
func (f *captureFlags) options(cmd *cobra.Command) (capture.Options, error) {
	if err := cmp.Or(
		oneOf(cmd, "time-from", f.timeFrom, capture.TimeFromMtime),
		oneOf(cmd, "fallback-scrape-protocol", f.protocol, capture.FallbackScrapeProtocols()...),
		oneOf(cmd, "on-damage", f.onDamage, "skip", "fail"),
		oneOf(cmd, "gaps", f.gaps, ingest.GapsFailed),
	); err != nil {
		return capture.Options{}, err
	}
	if f.maxFiles < 0 {
		return capture.Options{}, errors.New("--max-files: it must be more than 0")
	}
	if f.workers < 0 {
		return capture.Options{}, errors.New("--jobs: it must be more than 0")
	}
	name, err := f.regexp()
	if err != nil {
		return capture.Options{}, err
	}
	end, err := parseTime("end", f.end, time.Time{}, time.Time{})
	if err == nil && f.end != "" && end.Year() < 1970 {
		err = fmt.Errorf("--end: %q has no date: write it as in 2026-11-21T07:10:00Z", f.end)
	}
	return capture.Options{
		Job: f.job, FallbackScrapeProtocol: f.protocol, TimeFrom: f.timeFrom, Every: f.every.Duration, End: end, Name: name, MaxBody: int64(f.maxFile), Names: optionFlags,
		Limits: capture.Limits{
			MaxMember: int64(f.maxFile), MaxTotal: int64(f.maxSize), MaxHeld: int64(f.maxMemory), MaxMembers: f.maxFiles,
		},
	}, err
}

func (f *captureFlags) regexp() (*regexp.Regexp, error) {
	if f.name == "" {
		return nil, nil
	}
	re, err := regexp.Compile(f.name)
	if err != nil {
		return nil, fmt.Errorf("--name: %w", err)
	}
	if !slices.ContainsFunc(re.SubexpNames(), func(s string) bool { return s == "job" || s == "target" || s == "time" }) {
		return nil, fmt.Errorf("--name %s: it names no group: write what stands for the target as (?P<target>[^/]+), and so with job and time", f.name)
	}
	return re, nil
}

// apply sets what the flags mean to a replay.
func (f *captureFlags) apply(opts *replay.Options) {
	opts.Ingest.FailOnDamage = f.onDamage == "fail"
	opts.Ingest.Gaps = f.gaps
	opts.Ingest.MaxLine = int(f.maxLine)
	opts.Workers = f.workers
}

// text is a page for a person that knows what the flags chose.
func (f *captureFlags) text(w io.Writer) report.Text {
	t := report.Text{
		Color: wantsColor(f.cmd, w), Width: widthOf(f.cmd, w), All: f.all,
		FailOnDamage: f.onDamage == "fail", GapsFailed: f.gaps == ingest.GapsFailed,
		Hints: hints,
	}
	if f.cmd.Flags().Lookup("all") == nil {
		t.Hints.Rows = ""
	}
	return t
}

// registerAll adds the flag that shows every row of lists of a page.
func (f *captureFlags) registerAll(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.all, "all", false, "show every row of each list, not a screen's worth of them, what is bad first")
}

// hints name our flags and commands where a page leaves something out.
var hints = report.Hints{
	Whole:  "--format json has them",
	Rows:   "--all shows them",
	Why:    "--why all says more",
	Times:  "scrapebook inspect --write-manifest keeps that",
	Damage: "--on-damage fail: the scrape fails",
	Gaps:   "--gaps failed: scrapes fail",
	OneScrape: "'scrapebook signals' shows what each target counted since its start, " +
		"'scrapebook query' asks for more, 'scrapebook inspect FILE' lists what there is.",
}

// optionFlags are the flags for the options of a capture, for messages.
var optionFlags = capture.OptionNames{
	Name: "--name", TimeFrom: "--time-from", Every: "--every", End: "--end",
	MaxMember: "--max-file", MaxTotal: "--max-size", MaxMembers: "--max-files", MaxHeld: "--max-memory",
}

// renamed is an error in other words.
type renamed struct {
	error
	text string
}

func (r *renamed) Error() string { return r.text }
func (r *renamed) Unwrap() error { return r.error }
