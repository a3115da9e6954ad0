package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/serve"
)

type serveFlags struct {
	listen        string
	public        bool
	hosts         []string
	now           string
	concurrency   int
	maxSamples    int
	rules         []string
	interval      duration
	ignoreUnknown bool
	reload        duration
	quiet         bool
	capture       captureFlags
	engine        engineFlags
	external      externalFlags
}

func newServe() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve CAPTURE...",
		Short: "Answer Grafana, promtool and curl as a Prometheus server would",
		Long: `Serve answers the HTTP API of Prometheus over a capture: query, query_range,
labels, series, metadata, rules, alerts, targets and the rest, which /api lists.
At / are pages for people: targets, alerts and why, rules, golden signals,
problems, and an expression box. In Grafana, add the address as a data source of
the type Prometheus. Alerts and rules are those of --rules, or of the built-in packs whose
metrics are there, as of the capture's end or of the parameter time.

Several folders or archives are several captures: each is replayed by itself, and
its series, alerts, rules and targets get the label "capture" with its name; a
label of that name that a series has becomes exported_capture. Files that are
named together are one capture. One alone gets no label.

Times are the capture's own, and what is asked without a time is asked at its
end. With --now the capture's end is called the present, for dashboards that ask
for the last hour: "still" holds it there, "run" lets time go on from when the
capture was read. Times of requests and answers are moved, evaluation is not.

It answers as soon as the files are listed. A metric is read when it is asked
for, and held as long as --max-memory has room for it; alerts, labels and lists
of series are there when the rules have been replayed in the background. A small
capture is held as a whole. A query that needs more memory than there is gets an
error that says so. Nothing is written, a page of another origin can neither read nor post, and at
most 20 requests are worked on at once. It listens on the loopback interface
unless --public is given.`,
		Example: `  scrapebook serve demo:incident
  scrapebook serve ./capture --rules alerts.yml --now
  scrapebook serve ./being-recorded --now --reload 15s
  curl -s 'http://127.0.0.1:9099/api/v1/query?query=up'
  promtool query instant http://127.0.0.1:9099 'sum(up)'  # asks for now: of --now`,
		Args:              arguments(1, -1, ""),
		ValidArgsFunction: completeCapture,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.listen, "listen", "127.0.0.1:9099", "`ADDRESS` to listen on; port 0: any that is free")
	fl.BoolVar(&f.public, "public", false, "let --listen be an address that other machines reach: there is no password, who reaches it reads the capture")
	fl.StringSliceVar(&f.hosts, "allow-host", nil, "`NAMES` by which clients may call this server, beside localhost and addresses in numbers, such as host.docker.internal")
	fl.StringVar(&f.now, "now", "", "call the capture's end the present; `CLOCK`: still (the default of --now alone), or run")
	fl.Lookup("now").NoOptDefVal = string(serve.ClockStill)
	fl.StringArrayVar(&f.rules, "rules", nil, "rule `FILE`: of Prometheus, a PrometheusRule, or the API's rules as JSON; a folder of them or a pattern such as 'rules/*.yml'; may be repeated")
	registerUnknown(cmd, &f.ignoreUnknown)
	fl.Var(&f.interval, "interval", "time between evaluations of groups that do not say their own (default: the capture's scrape interval)")
	fl.IntVar(&f.concurrency, "max-concurrency", 20, "work on so many requests at once; ten times as many wait, others get a 503")
	fl.IntVar(&f.maxSamples, "max-samples", 0, "`NUMBER` of samples that one query may hold in memory, as a server's --query.max-samples (default: as many as --max-memory has room for)")
	fl.Var(&f.reload, "reload", "look so often for files that were added, and read the capture again when there are some (default: never)")
	registerQuiet(cmd, &f.quiet)
	f.capture.register(cmd)
	fl.Lookup("max-memory").Usage = "memory to use, about, beside 100 MB: half for samples that are held and for what reading takes (1 KB for each series of the capture beyond 20,000), half for queries (default 1GiB)"
	f.engine.register(cmd)
	f.external.register(cmd)
	completeValues(cmd, "now", string(serve.ClockStill), string(serve.ClockRun))
	return cmd
}

func (f *serveFlags) run(cmd *cobra.Command, paths []string) error {
	if err := f.check(cmd, paths); err != nil {
		return err
	}
	opts := serve.Options{
		Clock: serve.Clock(f.now), Hosts: f.hosts, Concurrency: f.concurrency, MaxSamples: f.maxSamples,
		Replay: replay.Options{Interval: f.interval.Duration}, MaxMemory: f.memory(),
	}
	f.capture.apply(&opts.Replay)
	if err := cmp.Or(f.engine.apply(&opts.Replay), f.external.apply(&opts.Replay)); err != nil {
		return err
	}
	if err := f.loadRules(cmd, &opts); err != nil {
		return err
	}
	all, err := f.volumes(cmd, paths)
	if err != nil {
		return err
	}
	// Before the capture is read: who finds the port taken need not wait.
	l, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer l.Close()
	opts.Settings = map[string]string{"web.listen-address": l.Addr().String()}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	scrapes, name := 0, ""
	for _, v := range all {
		scrapes += v.Capture.Scrapes
		name = v.Capture.Name
	}
	if len(all) > 1 {
		name = fmt.Sprintf("%d captures", len(all))
	}
	tick, done := progress(cmd, f.quiet, scrapes)
	var read atomic.Bool
	opts.Volumes, opts.Replay.Progress = all, func(n int) {
		if !read.Load() && tick != nil { // not when it is read again
			tick(n)
		}
	}
	h, err := serve.New(ctx, opts)
	if err != nil {
		done()
		return err
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), opts.MaxMemory+serve.Base)))
	f.tell(cmd.OutOrStdout(), l.Addr(), name)
	go func() {
		if err := h.Wait(ctx); err != nil && ctx.Err() == nil {
			say(cmd.ErrOrStderr(), "rules and labels cannot be served: %s", err)
		}
		read.Store(true)
		done()
	}()
	if f.reload.set {
		go f.follow(ctx, cmd, paths, h, all)
	}
	return h.Serve(ctx, l)
}

// leastMemory is that of --max-memory, and what archives may take of it.
const leastMemory = 64 << 20

// memory is what --max-memory says. Of that an eighth is for archives.
func (f *serveFlags) memory() int64 {
	all := cmp.Or(int64(f.capture.maxMemory), serve.DefaultMaxMemory)
	f.capture.maxMemory = size(max(leastMemory, all/8))
	return all
}

// follow reads the capture again whenever there is more of it.
func (f *serveFlags) follow(ctx context.Context, cmd *cobra.Command, paths []string, h *serve.Handler, all []serve.Volume) {
	tick := time.NewTicker(f.reload.Duration)
	defer tick.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := f.again(ctx, cmd, paths, h, all)
		all = now
		if text := fmt.Sprint(err); err != nil && text != told && ctx.Err() == nil {
			told = text
			say(cmd.ErrOrStderr(), "--reload: %s; what was read before is served", text)
		}
	}
}

// again reads the capture again if there is more of it, or less, than there
// was, and returns what is served then.
func (f *serveFlags) again(ctx context.Context, cmd *cobra.Command, paths []string, h *serve.Handler, was []serve.Volume) ([]serve.Volume, error) {
	now, err := f.volumes(cmd, paths)
	if err != nil {
		return was, err
	}
	if slices.EqualFunc(now, was, sameFiles) {
		return was, nil
	}
	if err := h.Read(ctx, now...); err != nil {
		return was, err
	}
	return now, nil
}

// sameFiles tells whether a capture has neither more nor less than it had.
func sameFiles(a, b serve.Volume) bool {
	now, was := a.Capture, b.Capture
	return a.Name == b.Name && now.Scrapes == was.Scrapes && len(now.Targets) == len(was.Targets) && now.Start == was.Start && now.End == was.End
}

// tell says where to look.
func (f *serveFlags) tell(w io.Writer, at net.Addr, name string) {
	fmt.Fprintf(w, "serving %s at http://%s/ (Ctrl-C ends it)\n", name, at)
}

// check refuses flags and paths that do not go together.
func (f *serveFlags) check(cmd *cobra.Command, paths []string) error {
	if err := oneOf(cmd, "now", f.now, string(serve.ClockStill), string(serve.ClockRun)); err != nil {
		return err
	}
	if err := onlyPaths(paths, "write --rules before each FILE, and --now=run with an equals sign"); err != nil {
		return err
	}
	if f.ignoreUnknown && len(f.rules) == 0 {
		return errUnknownOfRules
	}
	if slices.Contains(paths, stdinName) && slices.Contains(f.rules, stdinName) {
		return errors.New("- stands for both the capture and the rules: standard input can be one of them")
	}
	if f.reload.set && (paths[0] == stdinName || strings.HasPrefix(paths[0], demoPrefix)) {
		return fmt.Errorf("--reload: no files are added to %s: leave it out", paths[0])
	}
	if f.concurrency < 1 || f.maxSamples < 1 && cmd.Flags().Changed("max-samples") {
		return errors.New("--max-concurrency and --max-samples must be more than 0")
	}
	if f.capture.maxMemory != 0 && f.capture.maxMemory < leastMemory {
		return errors.New("--max-memory: 64MiB is the least")
	}
	host, _, err := net.SplitHostPort(f.listen)
	switch {
	case err != nil:
		return fmt.Errorf("--listen %s: write HOST:PORT, such as 127.0.0.1:9099", f.listen)
	case !f.public && !loopback(host):
		return fmt.Errorf("--listen %s: other machines may reach that address, and there is no password: pass --public if that is meant", f.listen)
	case f.public && loopback(host):
		return fmt.Errorf("--public: %s is reached from this machine alone: leave it out, or pass --listen 0.0.0.0:9099", f.listen)
	}
	return nil
}

// loopback tells whether an address is of this machine alone.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// loadRules takes the rules of --rules, or the built-in ones.
func (f *serveFlags) loadRules(cmd *cobra.Command, opts *serve.Options) (err error) {
	if len(f.rules) > 0 {
		opts.Replay.Groups, err = loadRules(cmd, f.rules, rules.ParseOptions{Features: f.engine.features, IgnoreUnknownFields: f.ignoreUnknown})
		return err
	}
	opts.Run = func(ctx context.Context, opts replay.Options) (*replay.Result, error) {
		res, err := packs.Replay(ctx, opts, nil, nil)
		if err != nil {
			return nil, err
		}
		return res.Result, nil
	}
	return nil
}
