package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/jitter"
	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/prometheus2"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/report/html"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/sweep"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

type replayFlags struct {
	rules         []string
	was           []string
	incident      string
	exprs         []string
	interval      duration
	phase         duration
	from, to      string
	set           []string
	failOn        []string
	why           string
	try           string
	format        string
	quiet         bool
	follow        bool
	sweep         bool
	prometheus    string
	jitter        jitterFlags
	ignoreUnknown bool
	out           output
	capture       captureFlags
	engine        engineFlags
	external      externalFlags
	server        serverFlags
}

func newReplay() *cobra.Command {
	f := replayFlags{phase: duration{zero: true}}
	cmd := &cobra.Command{
		Use:   "replay [CAPTURE...]",
		Short: "Replay a capture against alerting rules: which fired, when, on what",
		Long: `Replay evaluates Prometheus rules over saved scrapes as a server would have
done while it took them, and tells which alerts fired, when, and on what.
Without --rules and -e the rules of the built-in packs whose metrics are there
are used (kube-proxy, kube-apiserver, etcd, node, go). CAPTURE is
the current directory unless given; several paths are one capture.

--format html writes one page, which needs no network and no script. For its
golden signals the capture is read again, and once more for its trees of
expressions where they need what was not kept.

Exit code 0: replayed; 1: --fail-on is met; 2: it could not be done, which
includes that no rule found any data.`,
		Example: `  scrapebook replay demo:incident
  scrapebook replay ./capture --rules alerts.yml --rules more.yml
  scrapebook replay ./capture -e 'up == 0' -e 'go_goroutines > 1000'
  scrapebook replay node*.txt -e 'up == 0'
  scrapebook replay ./being-recorded --rules alerts.yml --follow
  scrapebook replay ./capture --rules new.yml --was old.yml --fail-on changed
  scrapebook replay demo:healthy --set nodes=4 --fail-on firing
  scrapebook replay demo:incident --rules demo:article/alerts.yml --format json
  scrapebook replay demo:incident --format html -o report.html
  scrapebook replay demo:incident --format markdown
  scrapebook replay --server http://localhost:9090 --from -6h --rules alerts.yml`,
		Args:              arguments(0, -1, ""),
		ValidArgsFunction: completeCapture,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && f.server.url == "" {
				args = []string{"."}
			}
			return f.run(cmd, args)
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringArrayVar(&f.rules, "rules", nil, "rule `FILE`: of Prometheus, a PrometheusRule, or the API's rules as JSON; a folder of them or a pattern such as 'rules/*.yml'; may be repeated")
	registerUnknown(cmd, &f.ignoreUnknown)
	fl.StringArrayVar(&f.was, "was", nil, "tell only what the rules do otherwise than those of this `FILE`; may be repeated")
	fl.StringVar(&f.incident, "incidents", "", "judge the rules by what happened, as this `FILE` says (default: what capture.yaml says)")
	fl.StringArrayVarP(&f.exprs, "expr", "e", nil, "alert while `EXPR` gives a result; may be repeated")
	fl.Var(&f.interval, "interval", "time between evaluations of groups that do not say their own (default: the capture's scrape interval)")
	fl.Var(&f.phase, phaseFlag, "time from the first round of scrapes to the first evaluation (default: half the interval)")
	fl.StringVar(&f.from, "from", "", "evaluate from this `TIME` on, such as 07:10 or 2026-11-21T07:10:00Z (UTC)")
	fl.StringVar(&f.to, "to", "", "evaluate up to this `TIME`")
	fl.StringArrayVar(&f.set, "set", nil, "set a parameter of the built-in rules: `NAME=NUMBER`, such as nodes=4")
	fl.StringSliceVar(&f.failOn, "fail-on", nil, "exit with 1 if a rule's `VERDICT` is firing, pending (or firing), no-data or error, or with --was if anything changed; several with commas, or repeated")
	fl.StringVar(&f.why, "why", "first", "say why rules were silent or fired: `LIST` is all, first (one sentence a rule; JSON has all) or none")
	fl.StringVar(&f.try, "try", "auto", "replay changed rules too, and say what came of them: `yes`, no, or auto (for JSON, unless --why none)")
	fl.BoolVar(&f.sweep, "sweep", false, "say of each comparison with a constant with which thresholds its alert fires, for how long, on how many series, and which tell of incidents alone")
	fl.StringVar(&f.prometheus, "prometheus", "", "say as well what this `VERSION` of Prometheus would have said otherwise: 2, which is 2.55.1")
	f.jitter.register(cmd)
	fl.BoolVar(&f.follow, "follow", false, "of a capture that is being recorded, print when alerts become pending, fire and are resolved, as they do; Ctrl-C ends that, and shows the result")
	fl.StringVar(&f.format, "format", "text", formatUsage)
	f.capture.registerAll(cmd)
	registerQuiet(cmd, &f.quiet)
	f.out.register(cmd)
	f.capture.register(cmd)
	f.engine.register(cmd)
	f.external.register(cmd)
	f.server.register(cmd)
	completeValues(cmd, "fail-on", failOnWords...)
	completeValues(cmd, "why", "all", "first", "none")
	completeValues(cmd, "try", "auto", "yes", "no")
	completeValues(cmd, "prometheus", "2")
	completeValues(cmd, "format", pageFormats...)
	return cmd
}

func (f *replayFlags) run(cmd *cobra.Command, paths []string) error {
	if err := f.check(cmd, paths); err != nil {
		return err
	}
	opts := replay.Options{Interval: f.interval.Duration}
	f.capture.apply(&opts)
	if err := cmp.Or(f.engine.apply(&opts), f.external.apply(&opts)); err != nil {
		return err
	}
	var set map[string]string
	var err error
	builtIn := len(f.rules)+len(f.exprs) == 0
	if builtIn {
		set, err = parameters(f.set)
	} else {
		opts.Groups, err = f.groups(cmd)
	}
	if err != nil {
		return err
	}
	var rest func(*replay.Result)
	if f.follow {
		if rest, err = f.followed(cmd, paths, opts, builtIn, set); err != nil {
			return err
		}
	}
	c, err := f.open(cmd, paths, &opts)
	if err != nil {
		return err
	}
	known, was, err := f.yardsticks(cmd, c)
	if err != nil {
		return err
	}
	if f.phase.set {
		opts.Phase = &f.phase.Duration
	}
	if err := f.jitter.apply(&opts); err != nil {
		return err
	}
	tick, done := progress(cmd, f.quiet, c.Scrapes)
	opts.Progress = tick
	w := f.watch(&opts, known)
	res, err := f.replays(cmd, opts, builtIn, set)
	done()
	var none *replay.NoInstantError
	if errors.As(err, &none) {
		return fmt.Errorf("nothing was evaluated: no instant (every %s) lies between --from and --to; the capture %s", none.Interval, span(c))
	}
	if err != nil {
		return err
	}
	if len(f.was) > 0 {
		return f.changes(cmd, opts, was, res.Result)
	}
	if f.follow {
		rest(res.Result)
	}
	found, err := f.found(cmd, w, res)
	if err != nil {
		return err
	}
	if f.prometheus != "" {
		done := working(cmd, f.quiet, "replaying as Prometheus 2")
		found.two, err = f.prometheus2(cmd, opts, res.Result, func(opts replay.Options) (*replay.Result, error) {
			res, _, err := f.replay(cmd, opts, builtIn, set)
			return res, err
		})
		done()
		if err != nil {
			return err
		}
	}
	rep := func(w io.Writer) error { return f.reporter(cmd, w, found).Report(w, res.Result) }
	if f.format == "html" {
		if rep, err = f.htmlPage(cmd, opts, w, found, res.Result); err != nil {
			return err
		}
	}
	if err := f.out.write(cmd, rep); err != nil {
		return err
	}
	return f.judge(res.Result, builtIn, res.skipped)
}

// open opens the capture, or finds out what the server has, and says which
// instants of it are evaluated.
func (f *replayFlags) open(cmd *cobra.Command, paths []string, opts *replay.Options) (c *capture.Capture, err error) {
	if f.server.url != "" {
		return f.server.open(cmd, f.from, f.to, opts)
	}
	if c, err = f.capture.open(cmd, paths...); err != nil {
		return nil, err
	}
	opts.Capture = c
	opts.From, opts.To, err = window(f.from, f.to, c)
	return c, err
}

// check refuses flags and paths that do not go together.
func (f *replayFlags) check(cmd *cobra.Command, paths []string) error {
	if err := cmp.Or(
		f.checkFailOn(cmd),
		oneOf(cmd, "why", f.why, "all", "first", "none"),
		oneOf(cmd, "try", f.try, "auto", "yes", "no"),
		oneOf(cmd, "format", f.format, pageFormats...),
		oneOf(cmd, "prometheus", f.prometheus, "2"),
		f.checkWas(),
		f.jitter.check(cmd, len(f.was) > 0),
		f.checkFollow(cmd, paths),
		f.server.check(cmd, paths),
	); err != nil {
		return err
	}
	if f.try == "yes" && f.why == "none" {
		return errors.New("--try yes is about the findings that --why none leaves out: leave out one of them")
	}
	if f.server.url != "" {
		return nil
	}
	if err := onlyPaths(paths, "write --rules or -e before each FILE or EXPR"); err != nil {
		return err
	}
	if slices.Contains(paths, stdinName) && slices.Contains(f.rules, stdinName) {
		return errors.New("- stands for both the capture and the rules: standard input can be one of them")
	}
	if f.ignoreUnknown && len(f.rules)+len(f.was) == 0 {
		return errUnknownOfRules
	}
	return nil
}

// watchers see the replay's evaluations.
type watchers struct {
	known []capture.Incident
	why   *verdict.Watcher
	sweep *sweep.Watcher
	drawn *html.Watcher
}

// watch makes those that the flags ask for observers of the replay.
func (f *replayFlags) watch(opts *replay.Options, known []capture.Incident) watchers {
	w := watchers{known, verdict.NewWatcher(), sweep.NewWatcher(known...), html.NewWatcher()}
	w.why.Consult(catalogue.Kubernetes)
	var observers replay.Observers
	if f.why != "none" && len(f.was) == 0 {
		observers = append(observers, w.why)
	}
	if f.sweep {
		observers = append(observers, w.sweep)
	}
	if f.format == "html" {
		observers = append(observers, w.drawn)
	}
	if len(observers) > 0 {
		opts.Observer = observers
	}
	return w
}

// beside is what stands beside a replay's result.
type beside struct {
	why    [][]verdict.Finding
	judged *judge.Judgement
	swept  []sweep.Comparison
	two    *prometheus2.Comparison
	jitter *jitter.Result
}

// tries tells whether changed rules are replayed, too.
func (f *replayFlags) tries() bool {
	return f.why != "none" && (f.try == "yes" || f.try == "auto" && f.format == "json")
}

// found is what the watchers have seen, and what was tried upon it.
func (f *replayFlags) found(cmd *cobra.Command, w watchers, r replayed) (s beside, err error) {
	res := r.Result
	s.jitter = r.jitter
	if f.why != "none" {
		s.why = w.why.Why(res)
	}
	if f.tries() {
		done := working(cmd, f.quiet, "replaying changed rules")
		err := w.why.Try(cmd.Context(), s.why)
		done()
		if err != nil {
			return s, err
		}
	}
	if w.known != nil {
		s.judged = judge.Incidents(res, w.known)
	}
	if f.sweep {
		s.swept = w.sweep.Comparisons(res)
	}
	return s, nil
}

// replay uses the rules in the options or, when they are the built-in ones,
// those of the packs that apply; skipped are the others.
func (f *replayFlags) replay(cmd *cobra.Command, opts replay.Options, builtIn bool, set map[string]string) (res *replay.Result, skipped []packs.Skipped, err error) {
	if !builtIn {
		res, err = replay.Run(cmd.Context(), opts)
		return res, nil, err
	}
	found, err := packs.Replay(cmd.Context(), opts, nil, set)
	var bad *packs.SetError
	if errors.As(err, &bad) {
		err = fmt.Errorf("--set: %w", err)
	}
	if err != nil {
		return nil, nil, err
	}
	return found.Result, found.Skipped, nil
}

// groups loads the rules that were passed.
func (f *replayFlags) groups(cmd *cobra.Command) ([]*rules.Group, error) {
	if len(f.set) > 0 {
		return nil, errors.New("--set is for the built-in rules: leave out --rules and -e, or --set")
	}
	groups, err := loadRules(cmd, f.rules, f.parsing())
	if err != nil {
		return nil, err
	}
	for _, expr := range f.exprs {
		g, err := rules.ParseExpr(strings.Join(strings.Fields(expr), " "), expr, rules.ParseOptions{Features: f.engine.features})
		if err != nil {
			return nil, fmt.Errorf("-e: %w", err)
		}
		groups = append(groups, g)
	}
	n := 0
	for _, g := range groups {
		n += len(g.Rules)
	}
	if n == 0 {
		return nil, fmt.Errorf("no rules in %s: a rule file has groups with rules", strings.Join(f.rules, ", "))
	}
	return groups, nil
}

// parsing says how rule files are read.
func (f *replayFlags) parsing() rules.ParseOptions {
	return rules.ParseOptions{Features: f.engine.features, IgnoreUnknownFields: f.ignoreUnknown}
}

// parameters reads the values of --set.
func parameters(list []string) (map[string]string, error) {
	set := map[string]string{}
	for _, kv := range list {
		k, v, ok := strings.Cut(kv, "=")
		if !ok {
			return nil, fmt.Errorf("--set %s: write NAME=NUMBER", kv)
		}
		set[k] = v
	}
	return set, nil
}

func (f *replayFlags) reporter(cmd *cobra.Command, w io.Writer, s beside) report.Reporter {
	if f.format == "json" {
		return report.JSON{Why: s.why, Judgement: s.judged, Sweep: s.swept, Jitter: s.jitter, Prometheus2: s.two}
	}
	t := f.capture.text(w)
	t.Why, t.WhyAll, t.Judgement, t.Sweep, t.Jitter, t.Prometheus2 = s.why, f.why == "all", s.judged, s.swept, s.jitter, s.two
	t.Hints = withRepeat(t.Hints, cmd)
	if f.format == "markdown" {
		return report.Markdown{Text: t}
	}
	return t
}

// noneUsable tells whether every scrape failed.
func noneUsable(c replay.Summary, problems []replay.Problem) bool {
	return c.FailedScrapes == c.Scrapes && len(problems) > 0
}

func noUsable(c replay.Summary, problems []replay.Problem) error {
	return &exit{codeFailed, fmt.Errorf("no scrape can be used (%d failed): %s", c.FailedScrapes, worst(problems))}
}

// judge turns what was found into the exit code.
func (f *replayFlags) judge(res *replay.Result, builtIn bool, skipped []packs.Skipped) error {
	verdicts := map[replay.Verdict]int{}
	for _, r := range res.Rules {
		verdicts[r.Verdict]++
	}
	// Also when no pack applies. Where the metric is there and only the labels
	// that a rule asks for were not seen, the rule did see what there is.
	blind := verdicts[replay.VerdictNoData] == len(res.Rules) && !slices.ContainsFunc(res.Rules, replay.Rule.KnowsMetric)
	switch c := res.Capture; {
	case blind && noneUsable(c, res.Problems):
		return noUsable(c, res.Problems)
	case blind && builtIn:
		return &exit{codeFailed, fmt.Errorf("none of the built-in packs applies to this capture: pass --rules FILE or -e 'EXPR'; tried%s", tried(skipped))}
	case blind:
		return &exit{codeFailed, errors.New("no rule saw any data, so silence says nothing: pass --rules or -e with names that are in this capture, or --job if only the job's name differs")}
	}
	met := map[string]int{
		"firing":  verdicts[replay.VerdictFiring],
		"pending": verdicts[replay.VerdictFiring] + verdicts[replay.VerdictPending],
		"no-data": verdicts[replay.VerdictNoData],
		"error":   verdicts[replay.VerdictError],
	}
	var told []string
	for _, word := range f.failOn {
		if n := met[word]; n > 0 {
			told = append(told, fmt.Sprintf("--fail-on %s: %d of %d rules", word, n, len(res.Rules)))
		}
	}
	if len(told) > 0 {
		return &exit{codeFound, errors.New(strings.Join(told, "\n"))}
	}
	return nil
}

// failOnWords are what --fail-on takes.
var failOnWords = []string{"firing", "pending", "no-data", "error", changedWord}

// changedWord is the one that --was gives a meaning.
const changedWord = "changed"

func (f *replayFlags) checkFailOn(cmd *cobra.Command) error {
	words := f.failOn
	if len(words) == 0 && cmd.Flags().Changed("fail-on") {
		words = []string{""}
	}
	for _, word := range words {
		if !slices.Contains(failOnWords, word) {
			return fmt.Errorf("--fail-on %q: write one of %s, or several with commas%s", word, strings.Join(failOnWords, ", "), meant(word, failOnWords))
		}
	}
	return nil
}
