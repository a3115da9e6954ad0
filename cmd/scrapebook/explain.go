package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/report/html"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

type explainFlags struct {
	rules         []string
	expr          string
	alert         string
	at            string
	interval      duration
	phase         duration
	repair        bool
	ignoreUnknown bool
	format        string
	quiet         bool
	out           output
	capture       captureFlags
	engine        engineFlags
	external      externalFlags

	from, to string // of a server
	server   serverFlags
}

func newExplain() *cobra.Command {
	f := explainFlags{phase: duration{zero: true}}
	cmd := &cobra.Command{
		Use:   "explain CAPTURE",
		Short: "Show a rule's expression node by node: where it went empty, and what would help",
		Long: `Explain replays a capture as replay does and shows the expression of one rule,
a line a sub-expression: how many series it gave, their least, median and
greatest value, and its course over the capture (a dot where it gave nothing).
Where the expression gave nothing, carets mark the node that left nothing. Then
it says why the rule was silent or fired, and which changes were tried, with
what came of each.

Unless --time is given, the evaluation is shown that tells most: the first one
that fired, else the one that came closest or at which something went missing.

With --repair the rule file is printed with the changes that were probably
meant; it is never written by itself.`,
		Example: `  scrapebook explain demo:incident -e 'rate(rest_client_requests_total[1m]) > 5'
  scrapebook explain demo:incident -e 'up == 0' --time 07:16:00
  scrapebook explain demo:incident -e 'up == 0' --format html -o rule.html
  scrapebook explain demo:incident -e 'up == 0' --format markdown
  scrapebook explain ./capture --rules alerts.yml --alert DiskFull --repair
  scrapebook explain --server http://localhost:9090 --from -6h -e 'up == 0'`,
		Args:              orServer(1, 1, 1, ", and --rules FILE --alert NAME, or -e EXPR"),
		ValidArgsFunction: completeCapture,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, args)
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringArrayVar(&f.rules, "rules", nil, "rule `FILE` that holds the rule, and others that it rests on; a folder of them or a pattern such as 'rules/*.yml'; may be repeated")
	registerUnknown(cmd, &f.ignoreUnknown)
	fl.StringVar(&f.alert, "alert", "", "`NAME` of the rule: an alert, or a record")
	fl.StringVarP(&f.expr, "expr", "e", "", "explain `EXPR` instead of a rule")
	fl.StringVar(&f.at, "time", "", "show the evaluation at or before this `TIME`, such as 07:10 (UTC; default: the most telling one)")
	fl.Var(&f.interval, "interval", "time between evaluations of groups that do not say their own (default: the capture's scrape interval)")
	fl.Var(&f.phase, "phase", "time from the first round of scrapes to the first evaluation (default: half the interval)")
	fl.BoolVar(&f.repair, "repair", false, "print the rule file, or the expression, with the changes that were probably meant, and nothing else")
	fl.StringVar(&f.format, "format", "text", formatUsage)
	registerQuiet(cmd, &f.quiet)
	f.out.register(cmd)
	f.capture.register(cmd)
	f.engine.register(cmd)
	f.external.register(cmd)
	f.server.register(cmd)
	fl.StringVar(&f.from, "from", "", "first `TIME` of what a server is asked for, such as 07:10, 2026-11-21T07:10:00Z or -6h")
	fl.StringVar(&f.to, "to", "", "last `TIME` of what a server is asked for (default: now)")
	completeValues(cmd, "format", pageFormats...)
	return cmd
}

func (f *explainFlags) run(cmd *cobra.Command, paths []string) error {
	if err := cmp.Or(oneOf(cmd, "format", f.format, pageFormats...), f.server.check(cmd, paths)); err != nil {
		return err
	}
	if f.server.url == "" {
		if err := cmp.Or(onlyWithServer(cmd, "from"), onlyWithServer(cmd, "to")); err != nil {
			return err
		}
	}
	switch {
	case f.expr != "" && len(f.rules)+len(f.alert) > 0:
		return errors.New("-e is an expression by itself: leave out --rules and --alert, or -e")
	case f.expr == "" && (len(f.rules) == 0 || f.alert == ""):
		return errors.New("say which rule: --rules FILE --alert NAME, or -e EXPR")
	}
	if f.ignoreUnknown && len(f.rules) == 0 {
		return errUnknownOfRules
	}
	if slices.Contains(paths, stdinName) && slices.Contains(f.rules, stdinName) {
		return errors.New("- stands for both the capture and the rules: standard input can be one of them")
	}
	var opts replay.Options
	opts.Interval = f.interval.Duration
	f.capture.apply(&opts)
	if err := cmp.Or(f.engine.apply(&opts), f.external.apply(&opts)); err != nil {
		return err
	}
	var err error
	if f.rules, err = ruleFiles(f.rules); err != nil {
		return err
	}
	if opts.Groups, err = f.groups(cmd); err != nil {
		return err
	}
	c, err := f.open(cmd, paths, &opts)
	if err != nil {
		return err
	}
	start, end := time.UnixMilli(c.Start).UTC(), time.UnixMilli(c.End).UTC()
	at, err := parseTime("time", f.at, start, end)
	if err != nil {
		return err
	}
	tick, done := progress(cmd, f.quiet, c.Scrapes)
	opts.Progress = tick
	if f.phase.set {
		opts.Phase = &f.phase.Duration
	}
	res, err := f.explain(cmd, opts, at, done)
	if err != nil {
		return err
	}
	if f.repair {
		return f.print(cmd, res)
	}
	return f.out.write(cmd, func(w io.Writer) error {
		if f.format == "json" {
			return report.JSON{Why: res.Why}.Explain(w, res.Result.Result, res.trees)
		}
		t := f.capture.text(w)
		t.Why = res.Why
		switch f.format {
		case "markdown":
			return report.Markdown{Text: t}.Explain(w, res.Result.Result, res.trees)
		case "html":
			return html.Explained{Result: res.Result.Result, Spell: t, Trees: res.trees, Charts: res.charts}.Document().Write(w)
		}
		return t.Explain(w, res.Result.Result, res.trees)
	})
}

// open opens the capture or the server.
func (f *explainFlags) open(cmd *cobra.Command, paths []string, opts *replay.Options) (c *capture.Capture, err error) {
	if f.server.url != "" {
		return f.server.open(cmd, f.from, f.to, opts)
	}
	c, err = f.capture.open(cmd, paths...)
	opts.Capture = c
	return c, err
}

// groups loads the rules, or makes one of the expression.
func (f *explainFlags) groups(cmd *cobra.Command) ([]*rules.Group, error) {
	if f.expr == "" {
		return loadRules(cmd, f.rules, rules.ParseOptions{Features: f.engine.features, IgnoreUnknownFields: f.ignoreUnknown})
	}
	g, err := rules.ParseExpr(strings.Join(strings.Fields(f.expr), " "), f.expr, rules.ParseOptions{Features: f.engine.features})
	if err != nil {
		return nil, fmt.Errorf("-e: %w", err)
	}
	return []*rules.Group{g}, nil
}

// explanation is a replay with the trees of the rules that were asked for.
type explanation struct {
	verdict.Result
	numbers []int
	trees   []*verdict.Tree
	charts  []html.Chart
}

// explain replays, and reads again what it explains. Read is called when the
// first is over.
func (f *explainFlags) explain(cmd *cobra.Command, opts replay.Options, at time.Time, read func()) (*explanation, error) {
	read = sync.OnceFunc(read)
	defer read()
	var numbers []int
	var names []string
	n := 0
	for _, g := range opts.Groups {
		for _, r := range g.Rules {
			if f.expr != "" || r.Name() == f.alert {
				numbers = append(numbers, n)
			}
			names = append(names, r.Name())
			n++
		}
	}
	if len(numbers) == 0 {
		return nil, fmt.Errorf("--alert %s: there is no such rule in %s%s", f.alert, strings.Join(f.rules, ", "), there(names))
	}
	w := verdict.NewWatcher()
	w.Consult(catalogue.Kubernetes)
	opts.Observer, opts.Memory = w, new(replay.Memory)
	var drawn *html.Watcher // of a page alone: to gather what charts need takes time
	if f.format == "html" && !f.repair {
		drawn = html.NewWatcher()
		opts.Observer = replay.Observers{w, drawn}
	}
	ctx := cmd.Context()
	res, err := replay.Run(ctx, opts)
	read()
	if err != nil {
		return nil, err
	}
	all := w.Why(res)
	why := make([][]verdict.Finding, len(all))
	for _, n := range numbers {
		why[n] = all[n]
	}
	defer working(cmd, f.quiet, "reading again what the rule saw")()
	out := &explanation{Result: verdict.Result{Result: res, Why: why}, numbers: numbers}
	if drawn != nil {
		out.charts = drawn.Charts(res)
	}
	if out.trees, err = w.Explain(ctx, numbers, at, why); err != nil {
		return nil, err
	}
	if len(out.trees) == 0 {
		return nil, errors.New("the rule was never evaluated: the capture is too short for one instant")
	}
	return out, nil
}

// there lists names of rules that could have been meant.
func there(names []string) string {
	if len(names) == 0 {
		return ""
	}
	more := ""
	if n := len(names) - 10; n > 0 {
		names, more = names[:10], fmt.Sprintf(" and %d more", n)
	}
	return "; there are " + strings.Join(names, ", ") + more
}
