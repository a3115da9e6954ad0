package main

import (
	"cmp"
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/push"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

type pushFlags struct {
	to, http, protocol string
	rules              []string
	ignoreUnknown      bool
	interval           duration
	shard              string
	shift              bool
	resume             bool
	journal            string
	batch              int
	giveUp             duration
	quiet              bool
	capture            captureFlags
	engine             engineFlags
	external           externalFlags
}

func newPush() *cobra.Command {
	var f pushFlags
	cmd := &cobra.Command{
		Use:   "push CAPTURE... --to URL",
		Short: "Write a capture into a server, by remote write",
		Long: `Push writes what a server would have stored of a capture into a real one, by
Prometheus' remote write: all samples in the order of their times, native
histograms, staleness markers, up and the scrape_* series, and with --rules what
rules write. It speaks version 2.0, and 1.0 with a server that does not know
that. What fails for now is tried again; what is refused is not, and is told.

An interrupted push goes on where it was when both were given --resume: a file
beside the capture says how far it is. Several machines push one capture when
each is given its --shard: no target is in two of them.

A server takes old samples only when it is told to:

  Prometheus       --web.enable-remote-write-receiver
                   --storage.tsdb.retention.time=10y, and in prometheus.yml
                   storage: {tsdb: {out_of_order_time_window: 30d}}
                   URL: http://HOST:9090/api/v1/write
  VictoriaMetrics  -retentionPeriod=10y -search.latencyOffset=0s
                   URL: http://HOST:8428/api/v1/write
  Thanos receive   --label, --tsdb.out-of-order.time-window=30d
                   URL: http://HOST:19291/api/v1/receive
  Mimir            limits: {out_of_order_time_window: 30d,
                            query_ingesters_within: 0}
                   URL: http://HOST:8080/api/v1/push

Or --shift moves the capture to now. Where there is no server, 'scrapebook
export --to openmetrics' writes what promtool makes blocks of.

Exit code 0: all is written; 1: some of it was refused; 2: it could not be done.`,
		Example: `  scrapebook push ./capture --to http://127.0.0.1:9090/api/v1/write
  scrapebook push demo:incident --to http://127.0.0.1:9090/api/v1/write --shift --rules demo:article/alerts.yml
  scrapebook push ./capture --to https://mimir.example.org/api/v1/push --http-config client.yml --resume
  scrapebook push ./capture --to http://127.0.0.1:8428/api/v1/write --shard 2/4 --resume`,
		Args:              arguments(1, -1, ""),
		ValidArgsFunction: completeCapture,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.to, "to", "", "`URL` to write to")
	fl.StringVar(&f.http, "http-config", "", "`FILE` with what HTTP takes to reach it, as in a scrape job: basic_auth, authorization, tls_config, http_headers, …")
	fl.StringVar(&f.protocol, "remote-write", "", "`VERSION` of remote write to insist on: 2.0 or 1.0 (default: 2.0, and 1.0 where that is not known)")
	fl.StringArrayVar(&f.rules, "rules", nil, "rule `FILE` as of replay, of which ALERTS, ALERTS_FOR_STATE and recorded series are pushed, too; may be repeated")
	registerUnknown(cmd, &f.ignoreUnknown)
	fl.Var(&f.interval, "interval", "time between evaluations of groups that do not say their own (default: the capture's scrape interval)")
	fl.StringVar(&f.shard, "shard", "", "`I/N`: push the targets of part I of N alone; --rules are for part 1, which reads all for them")
	fl.BoolVar(&f.shift, "shift", false, "move all times so that the capture ends now; values that are times stay, but for ALERTS_FOR_STATE")
	fl.BoolVar(&f.resume, "resume", false, "keep a journal beside the capture, and go on where it says")
	fl.StringVar(&f.journal, "journal", "", "keep the journal in `FILE` instead, and go on where it says")
	fl.IntVar(&f.batch, "batch", 10_000, "`NUMBER` of samples in a request at most")
	fl.Var(&f.giveUp, "give-up", "give up when a request does not get through for so long (default 10m)")
	fl.BoolVar(&f.quiet, "quiet", false, "no progress on the terminal, and not what is tried again")
	f.capture.register(cmd)
	f.engine.register(cmd)
	f.external.register(cmd)
	completeValues(cmd, "remote-write", string(push.Version2), string(push.Version1))
	return cmd
}

func (f *pushFlags) run(cmd *cobra.Command, paths []string) error {
	opts, err := f.options(cmd, paths)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	show := newPushProgress(cmd, f.quiet, opts.Replay.Capture.Scrapes)
	opts.Progress, opts.Retry = show.tick, show.retry
	defer spareMemory()()
	res, err := push.Run(ctx, opts)
	show.done()
	if res != nil && (err == nil || res.Written > 0) {
		f.tell(cmd, cmd.OutOrStdout(), res, opts)
	}
	if err != nil {
		return f.failed(ctx, err, res)
	}
	if res.Refused > 0 {
		return &exit{codeFound, errors.New(refusals(res))}
	}
	return nil
}

// options are what the flags say.
func (f *pushFlags) options(cmd *cobra.Command, paths []string) (opts push.Options, err error) {
	if f.to == "" {
		return opts, errors.New("push needs --to URL, the address that takes remote write, such as http://127.0.0.1:9090/api/v1/write")
	}
	if err := onlyPaths(paths, "write --rules before each FILE"); err != nil {
		return opts, err
	}
	if f.batch < 1 {
		return opts, errors.New("--batch must be more than 0")
	}
	if f.ignoreUnknown && len(f.rules) == 0 {
		return opts, errUnknownOfRules
	}
	opts = push.Options{
		URL: f.to, Agent: agent(), Protocol: push.Protocol(f.protocol), Batch: f.batch, GiveUp: f.giveUp.Duration,
		Replay: replay.Options{Interval: f.interval.Duration},
	}
	f.capture.apply(&opts.Replay)
	if err := cmp.Or(
		oneOf(cmd, "remote-write", f.protocol, string(push.Version2), string(push.Version1)),
		f.engine.apply(&opts.Replay), f.external.apply(&opts.Replay), f.part(&opts), f.keep(&opts, paths[0]),
	); err != nil {
		return opts, err
	}
	if opts.Client, err = clientOf(f.http, "push"); err != nil {
		return opts, err
	}
	if len(f.rules) > 0 {
		opts.Replay.Groups, err = loadRules(cmd, f.rules, rules.ParseOptions{Features: f.engine.features, IgnoreUnknownFields: f.ignoreUnknown})
		if err != nil {
			return opts, err
		}
	}
	opts.Replay.Capture, err = f.capture.open(cmd, paths...)
	if err == nil && f.shift {
		opts.Shift = time.Since(time.UnixMilli(opts.Replay.Capture.End))
	}
	return opts, err
}

// part reads --shard.
func (f *pushFlags) part(opts *push.Options) (err error) {
	if f.shard == "" {
		return nil
	}
	i, n, ok := strings.Cut(f.shard, "/")
	if ok {
		opts.Shard, err = strconv.Atoi(i)
		if err == nil {
			opts.Shards, err = strconv.Atoi(n)
		}
	}
	if !ok || err != nil || opts.Shard < 1 || opts.Shard > opts.Shards {
		return fmt.Errorf("--shard %s: write I/N, such as 1/4, the first of four parts", f.shard)
	}
	if opts.Shard > 1 && len(f.rules) > 0 {
		return fmt.Errorf("--rules see the whole capture: give them to --shard 1/%d alone", opts.Shards)
	}
	return nil
}

// keep says where the journal is.
func (f *pushFlags) keep(opts *push.Options, path string) error {
	switch {
	case f.journal != "":
		opts.Journal = f.journal
	case !f.resume:
	case path == stdinName || strings.HasPrefix(path, demoPrefix):
		return fmt.Errorf("--resume: beside %s is no place for a journal: pass --journal FILE", path)
	default:
		whole, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		opts.Journal = whole + ".push"
		if opts.Shards > 0 {
			opts.Journal += fmt.Sprintf("-%d-of-%d", opts.Shard, opts.Shards)
		}
		opts.Journal += ".journal"
	}
	return nil
}
