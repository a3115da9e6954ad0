package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type queryFlags struct {
	at       string
	from, to string
	step     duration
	format   string
	quiet    bool
	out      output
	capture  captureFlags
	engine   engineFlags
	server   serverFlags
}

func newQuery() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use:   "query CAPTURE... EXPR",
		Short: "Evaluate a PromQL expression over a capture",
		Long: `Query evaluates a PromQL expression over a capture with Prometheus' own engine:
at one instant (the newest sample unless --time is given), or over a range with
--from, --to and --step. Several paths are one capture. An empty result is no error; standard error says
so. In csv each label has its column, and the last two are time and value.`,
		Example: `  scrapebook query demo:incident 'up'
  scrapebook query demo:incident 'sum by (code) (rest_client_requests_total)' --time 07:14:00
  scrapebook query demo:incident 'sum(up)' --from 07:15:30 --to 07:16:30 --step 10s
  scrapebook query --server http://localhost:9090 'sum(up)' --from -1h
  curl -s localhost:9100/metrics | scrapebook query - 'node_load1'`,
		Args:              orServer(2, 1, -1, ""),
		ValidArgsFunction: completeCapture,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, args[:len(args)-1], args[len(args)-1])
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.at, "time", "", "evaluate at this `TIME`, such as 07:10 or 2026-11-21T07:10:00Z (UTC; default: that of the newest sample)")
	fl.StringVar(&f.from, "from", "", "first `TIME` of a range (default: the start of the capture)")
	fl.StringVar(&f.to, "to", "", "last `TIME` of a range (default: the end of the capture)")
	fl.Var(&f.step, "step", "time between the instants of a range (default: the capture's scrape interval)")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text, csv, or json as the data object of the Prometheus API")
	registerQuiet(cmd, &f.quiet)
	f.out.register(cmd)
	f.capture.register(cmd)
	f.engine.register(cmd)
	f.server.register(cmd)
	completeValues(cmd, "format", "text", "json", "csv")
	return cmd
}

func (f *queryFlags) run(cmd *cobra.Command, paths []string, expr string) error {
	if err := oneOf(cmd, "format", f.format, "text", "json", "csv"); err != nil {
		return err
	}
	if err := f.server.check(cmd, paths); err != nil {
		return err
	}
	if err := onlyPaths(paths, "write scrapebook query CAPTURE... EXPR, with EXPR in quotes"); err != nil && f.server.url == "" {
		return err
	}
	var opts replay.Options
	f.capture.apply(&opts)
	if err := f.engine.apply(&opts); err != nil {
		return err
	}
	if _, err := rules.ParseExpr("query", expr, rules.ParseOptions{Features: opts.Features}); err != nil {
		return err
	}
	c, in, err := f.open(cmd, paths, &opts)
	if err != nil {
		return err
	}
	tick, done := progress(cmd, f.quiet, c.Scrapes)
	opts.Progress, opts.Queries = tick, []string{expr}
	loaded, v, err := f.evaluate(cmd.Context(), &in, opts, expr)
	done()
	if err != nil {
		return err
	}
	f.remark(cmd.Context(), cmd.ErrOrStderr(), loaded, v, expr, in, c)
	return f.out.write(cmd, func(w io.Writer) error {
		switch f.format {
		case "json":
			return report.JSON{}.Value(w, v)
		case "csv":
			return report.CSV{Clean: isTerminal(w)}.Value(w, v)
		}
		return f.capture.text(w).Value(w, v)
	})
}

// open opens the capture or the server, and says at which instants the
// expression is evaluated.
func (f *queryFlags) open(cmd *cobra.Command, paths []string, opts *replay.Options) (c *capture.Capture, in instants, err error) {
	if f.server.url != "" {
		if in, err = f.serverInstants(time.Now().UTC()); err == nil {
			c, err = f.server.openAt(cmd, in.first, in.last, opts)
		}
		return c, in, err
	}
	if c, err = f.capture.open(cmd, paths...); err == nil {
		opts.Capture = c
		in, err = f.instants(c)
	}
	return c, in, err
}

// serverInstants are those at which a server is asked: now, unless told
// otherwise.
func (f *queryFlags) serverInstants(now time.Time) (in instants, err error) {
	now = now.Truncate(time.Millisecond)
	isRange := f.from != "" || f.to != "" || f.step.set
	switch {
	case f.at != "" && isRange:
		return in, errInstantOrRange
	case isRange:
		in.first, in.last, err = serverWindow(f.from, f.to, now)
		in.step = f.step.Duration
		return in, err
	case f.at != "":
		now, err = ago("time", f.at, now)
	}
	return instants{first: now, last: now, single: true}, err
}

var errInstantOrRange = errors.New("--time is one instant; --from, --to and --step are a range: give one or the other")

// instants are those at which an expression is evaluated.
type instants struct {
	first, last time.Time
	step        time.Duration // 0: the capture's interval
	single      bool
	end         bool // it is the end of the capture, or its newest sample when that is later
}

func (f *queryFlags) instants(c *capture.Capture) (instants, error) {
	start, end := time.UnixMilli(c.Start).UTC(), time.UnixMilli(c.End).UTC()
	isRange := f.from != "" || f.to != "" || f.step.set
	switch {
	case f.at != "" && isRange:
		return instants{}, errInstantOrRange
	case f.at != "":
		at, err := parseTime("time", f.at, start, end)
		return instants{first: at, last: at, single: true}, err
	case !isRange:
		return instants{first: end, last: end, single: true, end: true}, nil
	}
	from, to, err := window(f.from, f.to, c)
	if f.from == "" {
		from = start
	}
	if f.to == "" {
		to = end
	}
	return instants{first: from, last: to, step: f.step.Duration}, err
}

// evaluate reads the capture and evaluates the expression, at the newest sample
// where the end is meant.
func (f *queryFlags) evaluate(ctx context.Context, in *instants, opts replay.Options, expr string) (*replay.Loaded, *query.Value, error) {
	if !in.single {
		step := cmp.Or(in.step, replay.DefaultInterval(opts))
		if err := resolution(in.first, in.last, step); err != nil {
			return nil, nil, err
		}
		return replay.Range(ctx, opts, expr, in.first, in.last, step)
	}
	loaded, err := replay.Load(ctx, opts)
	if err != nil {
		return nil, nil, err
	}
	if at, ok := loaded.Newest(); ok && in.end && at.After(in.first) {
		in.first, in.last = at, at
	}
	v, err := loaded.Instant(ctx, expr, in.first)
	return loaded, v, err
}

// maxSteps is how many steps of a range the Prometheus API allows
// (web/api/v1: parseQueryRangeParams).
const maxSteps = 11_000

// resolution refuses what the API refuses, and says which step would do.
func resolution(first, last time.Time, step time.Duration) error {
	span := last.Sub(first)
	if span/step <= maxSteps {
		return nil
	}
	least := span/(maxSteps+1) + time.Millisecond // n+1 whole steps no longer fit
	least = max(least.Truncate(time.Millisecond), time.Millisecond)
	if least > time.Second {
		least = (least + time.Second - 1).Truncate(time.Second)
	}
	return fmt.Errorf("a range of %s in steps of %s has more than %d points per series, which the Prometheus API refuses: pass --step %s, or a shorter range with --from and --to",
		model.Duration(span), model.Duration(step), maxSteps, model.Duration(least))
}

// remark says beside the result what a reader should know of it.
func (f *queryFlags) remark(ctx context.Context, w io.Writer, loaded *replay.Loaded, v *query.Value, expr string, in instants, c *capture.Capture) {
	for _, text := range append(v.Warnings, v.Infos...) {
		say(w, "%s", text)
	}
	// Where times come from was chosen with the flags of this very command.
	problems := slices.DeleteFunc(slices.Clone(loaded.Problems), func(p replay.Problem) bool { return report.IsAssumption(p.ID) })
	for _, p := range loaded.Problems {
		if report.IsAssumption(p.ID) && p.ID != "time-source" {
			say(w, "assumed: %s", p.Message)
		}
	}
	if n := len(problems) + loaded.Capture.HiddenProblems; n > 0 && len(problems) > 0 {
		say(w, "problems in the files: %d, the worst: %s", n, worst(problems))
	}
	f.unseen(w, in, c)
	if v.Type != query.Vector && v.Type != query.Matrix || len(v.Series) > 0 {
		return
	}
	say(w, "the result is empty")
	unmatched := loaded.Unmatched(expr)
	for _, s := range unmatched {
		line := "  no series matches " + s.Text
		if len(s.Similar) > 0 {
			line += "; there is " + strings.Join(s.Similar, ", ")
		}
		fmt.Fprintln(w, terminal.Clean(line))
	}
	if len(unmatched) == 0 && (in.last.UnixMilli() < c.Start || in.first.UnixMilli() > c.End) {
		say(w, "%s lies outside of the capture, which %s", spellTime(in.first), span(c))
	} else if in.single {
		if b, ok, err := loaded.Behind(ctx, expr, in.first); ok && err == nil {
			say(w, "%s", behindText(b, in.first))
		}
	}
}

// behindText says why samples that are there are not seen at an instant.
func behindText(b replay.Behind, at time.Time) string {
	what := fmt.Sprintf("the newest sample of %s is of %s", b.Selector, spellTime(b.Newest))
	if b.Own {
		what = fmt.Sprintf("the samples of %s have timestamps of their own, the newest %s", b.Selector, spellTime(b.Newest))
	}
	return fmt.Sprintf("%s: that is %s before %s, and the expression looks back less than %s; --time %s gives a result",
		what, b.By.Round(time.Millisecond), spellTime(at), model.Duration(b.Reach), spellTime(b.Newest))
}

// unseen says which targets of a capture with one scrape of each lie too far
// back to be seen at the instant: files that were saved one after the other.
func (f *queryFlags) unseen(w io.Writer, in instants, c *capture.Capture) {
	if !in.single || c.Interval > 0 {
		return
	}
	lookback := cmp.Or(f.engine.lookback.Duration, query.DefaultLookback)
	at, oldest, n := in.first.UnixMilli(), in.first.UnixMilli(), 0
	for _, t := range c.Targets {
		if t.Last <= at-lookback.Milliseconds() {
			n++
			oldest = min(oldest, t.Last)
		}
	}
	if n > 0 {
		enough := (time.Duration(at-oldest)*time.Millisecond + time.Minute).Truncate(time.Minute)
		say(w, "%d of %d targets are not seen at %s: their scrapes lie further back than the look-back of %s; pass --lookback-delta %s, or another --time",
			n, len(c.Targets), spellTime(in.first), model.Duration(lookback), model.Duration(enough))
	}
}

// worst spells the first problem that lost something, or the first at all;
// there is one.
func worst(list []replay.Problem) string {
	i := slices.IndexFunc(list, func(p replay.Problem) bool { return p.Severity == expfmt.SeverityError })
	return terminal.ProblemLine(list[max(i, 0)])
}
