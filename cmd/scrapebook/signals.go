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
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/report/html"
)

type signalsFlags struct {
	packs   []string
	by      []string
	set     []string
	window  duration
	failOn  string
	format  string
	quiet   bool
	out     output
	capture captureFlags

	from, to string // of a server
	server   serverFlags
}

func newSignals() *cobra.Command {
	var f signalsFlags
	cmd := &cobra.Command{
		Use:   "signals CAPTURE... | FILE | OLD NEW",
		Short: "Show the golden signals: latency, traffic, errors, saturation",
		Long: `Signals shows what the golden signals of the components in a capture were: the
headline of each concern first, then every signal of every target, each with its
worst value and when that was. Of one file the values are those of the process'
whole life, of two files those between them. Several paths of which one is no file, and
more than two, are one capture.

What is watched stands in packs: kube-proxy, kube-apiserver, etcd, node and go
come with scrapebook and are used where their metrics are; --pack takes one of
them or a file of your own.

Exit code 0: shown; 1: --fail-on bad and a signal is bad; 2: it could not be
done, which includes that no pack applies.`,
		Example: `  scrapebook signals demo:incident
  scrapebook signals demo:flaky --pack kube-proxy --by verb
  scrapebook signals before.prom after.prom
  scrapebook signals ./capture --pack ours.yml --fail-on bad --format json
  scrapebook signals demo:incident --format html -o signals.html
  scrapebook signals demo:incident --format markdown
  scrapebook signals --server http://localhost:9090 --from -1h`,
		Args:              orServer(1, 1, -1, ""),
		ValidArgsFunction: completeCapture,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringArrayVar(&f.packs, "pack", nil, "`PACK`: the name of a built-in one or a file; may be repeated (default: those that apply)")
	fl.StringSliceVar(&f.by, "by", nil, "show these `LABELS` apart, besides job and instance")
	fl.StringArrayVar(&f.set, "set", nil, "`NAME=NUMBER`: a parameter of a pack")
	fl.Var(&f.window, "window", "how far back rates look (default: a minute, or four scrapes)")
	fl.StringVar(&f.failOn, "fail-on", "", "exit with 1 if a signal is `bad`")
	fl.StringVar(&f.format, "format", "text", formatUsage+"; or csv")
	f.capture.registerAll(cmd)
	registerQuiet(cmd, &f.quiet)
	f.out.register(cmd)
	f.capture.register(cmd)
	f.server.register(cmd)
	fl.StringVar(&f.from, "from", "", "first `TIME` of what a server is asked for, such as 07:10, 2026-11-21T07:10:00Z or -6h")
	fl.StringVar(&f.to, "to", "", "last `TIME` of what a server is asked for (default: now)")
	completeValues(cmd, "format", slices.Concat(pageFormats, []string{"csv"})...)
	completeValues(cmd, "fail-on", "bad")
	return cmd
}

func (f *signalsFlags) run(cmd *cobra.Command, args []string) error {
	if err := cmp.Or(
		oneOf(cmd, "format", f.format, slices.Concat(pageFormats, []string{"csv"})...),
		oneOf(cmd, "fail-on", f.failOn, "bad"),
		f.server.check(cmd, args),
		f.checkServer(cmd),
	); err != nil {
		return err
	}
	list, err := loadPacks(cmd, f.packs)
	if err != nil {
		return err
	}
	set, err := parameters(f.set)
	if err != nil {
		return err
	}
	var opts replay.Options
	f.capture.apply(&opts)
	c, err := f.open(cmd, args, &opts)
	if err != nil {
		return err
	}
	asked := packs.Options{
		Packs: list, Set: set, By: f.by, Window: f.window.Duration, TimeUnknown: guessed(c) && f.capture.timeFrom == "",
		Workers: opts.Workers,
	}
	tick, done := progress(cmd, f.quiet, c.Scrapes)
	opts.Progress = tick
	loaded, board, err := packs.AsRead(cmd.Context(), opts, asked)
	done()
	if err != nil {
		return err
	}
	switch {
	case len(board.Packs) > 0:
	case noneUsable(loaded.Capture, loaded.Problems):
		return noUsable(loaded.Capture, loaded.Problems)
	default:
		return noPack(cmp.Or(strings.Join(args, " and "), c.Name), board)
	}
	if f.window.Duration > 0 && board.Mode != packs.OverTime {
		say(cmd.ErrOrStderr(), "--window does nothing here: it takes more than two scrapes of a target")
	}
	if err := f.out.write(cmd, func(w io.Writer) error { return f.report(w, cmp.Or(strings.Join(args, " → "), c.Name), board) }); err != nil {
		return err
	}
	return f.judge(board)
}

// report writes the board of a capture called name.
func (f *signalsFlags) report(w io.Writer, name string, board *packs.Result) error {
	switch f.format {
	case "json":
		return report.JSON{}.Signals(w, board)
	case "csv":
		return report.CSV{}.Signals(w, board)
	}
	t := f.capture.text(w)
	switch f.format {
	case "markdown":
		return report.Markdown{Text: t}.Signals(w, name, board)
	case "html":
		return html.Golden{Result: board, Words: t.BoardWords(name, board), Hint: t.Hints.Whole}.Document().Write(w)
	}
	return t.Signals(w, name, board)
}

// open opens the capture, or two files as the capture of one target.
func (f *signalsFlags) open(cmd *cobra.Command, args []string, opts *replay.Options) (c *capture.Capture, err error) {
	switch {
	case f.server.url != "":
		return f.server.open(cmd, f.from, f.to, opts)
	case len(args) == 2 && isOneFile(args[0]) && isOneFile(args[1]):
		c, err = f.capture.openPair(cmd, args[0], args[1])
	default:
		c, err = f.capture.open(cmd, args...)
	}
	opts.Capture = c
	return c, err
}

// checkServer refuses the times of a server where there is none.
func (f *signalsFlags) checkServer(cmd *cobra.Command) error {
	if f.server.url != "" {
		return nil
	}
	return cmp.Or(onlyWithServer(cmd, "from"), onlyWithServer(cmd, "to"))
}

func (f *signalsFlags) judge(b *packs.Result) error {
	if f.failOn == "" {
		return nil
	}
	var bad []string
	for _, pb := range b.Packs {
		for _, s := range pb.Signals {
			if s.Level == packs.Bad {
				bad = append(bad, pb.Pack+" "+s.Name)
			}
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return &exit{codeFound, fmt.Errorf("--fail-on bad: %s", strings.Join(bad, ", "))}
}

func noPack(name string, b *packs.Result) error {
	return fmt.Errorf("no pack applies to %s: pass one of your own with --pack FILE; tried%s", name, tried(b.Skipped))
}

// tried lists packs with what a capture lacked for them.
func tried(skipped []packs.Skipped) string {
	var b strings.Builder
	for _, s := range skipped {
		fmt.Fprintf(&b, "\n  %s: no %s", s.Pack, strings.Join(s.Lacked, ", "))
	}
	return b.String()
}

// loadPacks loads packs by name or from files; none means all built-in ones.
func loadPacks(cmd *cobra.Command, args []string) ([]*packs.Pack, error) {
	if len(args) == 0 {
		return packs.All()
	}
	var list []*packs.Pack
	for _, arg := range args {
		if p, err := packs.Find(arg); err == nil {
			list = append(list, p)
			continue
		} else if !strings.ContainsAny(arg, `./\:`) {
			return nil, fmt.Errorf("--pack: %w", err)
		}
		data, err := readAll(cmd, arg)
		if err != nil {
			return nil, fmt.Errorf("--pack %s: %w", arg, err)
		}
		p, errs := packs.Load(arg, data)
		if len(errs) > 0 {
			return nil, fmt.Errorf("--pack: the pack cannot be used:\n%w", errors.Join(errs...))
		}
		list = append(list, p)
	}
	return list, nil
}
