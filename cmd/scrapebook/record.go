package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/common/config"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/scrapebook/scrapebook/signals/record"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type recordFlags struct {
	dir              string
	every            duration
	length           duration
	timeout          duration
	config           string
	kube, kubeconfig string
	job              string
	http             string
	protobuf         bool
	zstd             bool
	maxBody          size
	maxDisk          size
	rules            []string
	quiet            bool
}

func newRecord() *cobra.Command {
	var f recordFlags
	cmd := &cobra.Command{
		Use:   "record [URL...|--config FILE|--kube WHAT] -o DIR",
		Short: "Scrape targets as a Prometheus server does, and save what they answer",
		Long: `Record takes a capture: it scrapes targets at the same instants, and saves each
answer as JOB/INSTANCE/TIME.prom with its headers beside it, and each failure as
TIME.err with its reason. A URL may be written as host:port, of which the path
is /metrics. With --config scrape jobs are read as a server reads them: how they
are asked, their labels after relabelling, and what must be known to read the
answers so. With --kube pods and kubelets are asked through the proxy of the API
server that a kubeconfig names; users that a program tells (exec) are refused.
Targets are those there are at the beginning. Recording into the folder of an
earlier recording adds to it.

Answers are decompressed; --zstd compresses them. A file has its name when it is
whole and on the disk: a kill or a power cut leaves no half of one. Tokens,
passwords and parameters of URLs are written nowhere.

Ctrl-C ends the recording within a second, and --for after a time.
Exit code 0: recorded, whatever the targets answered; 2: it could not be done,
or a scrape could not be saved.`,
		Example: `  scrapebook record localhost:9100 -o ./capture
  scrapebook record localhost:9100 https://10.0.0.1:10250/metrics --every 1s --for 10m -o ./capture
  scrapebook record --config prometheus.yml --for 1h -o ./capture
  scrapebook record --kube kube-system/k8s-app=kube-proxy:10249 -o ./capture
  scrapebook record localhost:9100 --rules demo:article/alerts.yml -o ./capture
  scrapebook record localhost:9100 --max-disk 2GB --zstd -o ./flight-recorder`,
		Args: arguments(0, -1, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVarP(&f.dir, "output", "o", "", "`DIR` of the capture; made if it is not there, else it must be empty or an earlier recording")
	fl.StringVar(&f.config, "config", "", "`FILE` with scrape jobs, such as a prometheus.yml: record the targets of its static_configs and file_sd_configs")
	fl.StringVar(&f.kube, "kube", "", "`WHAT` to record of a cluster: NAMESPACE/SELECTOR:PORT are pods that run, such as kube-system/k8s-app=kube-proxy:10249; nodes are the kubelets")
	fl.StringVar(&f.kubeconfig, "kubeconfig", "", "`FILE` that names the cluster of --kube, by its current context (default: $KUBECONFIG, or ~/.kube/config)")
	fl.Var(&f.every, "every", "time between two scrapes of a target (default 5s; with --config: what the jobs say)")
	fl.Var(&f.length, "for", "end so long after the first scrapes (default: when it is stopped)")
	fl.Var(&f.timeout, "timeout", "time that an answer may take (default: 10s, or the interval if it is shorter)")
	fl.StringVar(&f.job, "job", record.DefaultJob, "`JOB` of the URLs")
	fl.StringVar(&f.http, "http-config", "", "`FILE` with the settings of HTTP for the URLs: those of a scrape config, such as basic_auth, tls_config, http_headers")
	fl.BoolVar(&f.protobuf, "protobuf", false, "ask for protobuf first, which native histograms need")
	fl.BoolVar(&f.zstd, "zstd", false, "compress bodies: TIME.prom.zst")
	fl.Var(&f.maxBody, "max-body", "limit for one body, decompressed; a larger one is a failure (default 64MiB)")
	fl.Var(&f.maxDisk, "max-disk", "limit for all scrapes in DIR: when it is reached, the oldest are removed, those of earlier recordings among them (default: none)")
	fl.StringArrayVar(&f.rules, "rules", nil, "evaluate the rules in this `FILE` or folder while it records, and print what alerts do, as replay --follow does")
	fl.BoolVar(&f.quiet, "quiet", false, "no table, and no news of targets that fail")
	return cmd
}

func (f *recordFlags) run(cmd *cobra.Command, args []string) error {
	if err := f.check(cmd, args); err != nil {
		return err
	}
	targets, err := f.targets(cmd, args)
	if err != nil {
		return err
	}
	board := record.NewBoard(targets)
	show := newShow(cmd, board, f.quiet)
	ruling, err := f.ruling(cmd, show.tell)
	if err != nil {
		return err
	}
	r, err := record.New(record.Options{
		Dir: f.dir, Targets: targets, Every: f.every.Duration, Timeout: f.timeout.Duration, For: f.length.Duration,
		MaxBody: int64(f.maxBody), MaxDisk: int64(f.maxDisk), Zstd: f.zstd, Done: show.note,
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second one ends at once
	show.begin(ctx, fmt.Sprintf("recording %s every %s into %s (Ctrl-C ends it)", terminal.Plural(len(targets), "target", "targets"), r.Interval(), f.dir))
	ruling.begin(ctx)
	s := r.Run(ctx)
	show.end()
	err = ruling.end(ctx)
	printf(cmd, cmd.OutOrStdout(), "%s: %s\n", f.dir, s.Text())
	if s.Lost > 0 {
		return &exit{codeFailed, errors.Join(err, fmt.Errorf("%d scrapes could not be saved", s.Lost))}
	}
	return err
}

// check refuses flags and arguments that do not go together.
func (f *recordFlags) check(cmd *cobra.Command, args []string) error {
	if f.dir == "" {
		return errors.New("record where? Pass -o DIR")
	}
	if f.kubeconfig != "" && f.kube == "" {
		return errors.New("--kubeconfig is for --kube, which is not there")
	}
	switch {
	case f.config != "" && f.kube != "":
		return errors.New("--config and --kube both name the targets: leave out one of them")
	case f.config == "" && f.kube == "" && len(args) == 0:
		return errors.New("record what? Write a URL or host:port, or pass --config FILE or --kube WHAT; see 'scrapebook record --help'")
	case f.config == "" && f.kube == "":
		return nil
	case f.config != "":
		return f.notForURLs(cmd, args, "config", "job", "http-config", "protobuf", "timeout")
	}
	return f.notForURLs(cmd, args, "kube", "job", "http-config")
}

// notForURLs refuses URLs, and the flags that are for them alone.
func (f *recordFlags) notForURLs(cmd *cobra.Command, args []string, by string, flags ...string) error {
	if len(args) > 0 {
		return fmt.Errorf("--%s names the targets: leave out the URLs, or --%s", by, by)
	}
	for _, name := range flags {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s is for URLs: leave it out with --%s", name, by)
		}
	}
	return nil
}

// targets are those that the arguments and flags name.
func (f *recordFlags) targets(cmd *cobra.Command, args []string) ([]*record.Target, error) {
	if f.config != "" {
		targets, notes, err := record.FromConfig(f.config, f.every.Duration)
		if err != nil {
			return nil, fmt.Errorf("--config: %w", err)
		}
		for _, n := range notes {
			say(cmd.ErrOrStderr(), "%s", n)
		}
		return targets, nil
	}
	if f.kube != "" {
		targets, err := record.FromKubernetes(cmd.Context(), f.kubeconfig, f.kube, record.Request{Protobuf: f.protobuf})
		if err != nil {
			return nil, fmt.Errorf("--kube: %w", err)
		}
		return targets, nil
	}
	var settings *config.HTTPClientConfig
	if f.http != "" {
		c, _, err := config.LoadHTTPConfigFile(f.http)
		if err != nil {
			return nil, fmt.Errorf("--http-config %s: %w", f.http, bare(err))
		}
		settings = c
	}
	return record.URLs(args, settings, f.job, record.Request{Protobuf: f.protobuf})
}

// A show tells people how a recording goes on: by a table on a terminal, else
// by a line for each change.
type show struct {
	w      io.Writer
	out    io.Writer // of what alerts do
	board  *record.Board
	silent bool
	table  bool
	head   string

	mu    sync.Mutex // of the terminal
	drawn []string   // lines of it
	stop  context.CancelFunc
	ended chan struct{}
}

func newShow(cmd *cobra.Command, board *record.Board, quiet bool) *show {
	w := cmd.ErrOrStderr()
	return &show{w: w, out: cmd.OutOrStdout(), board: board, silent: quiet, table: isTerminal(w) && os.Getenv("TERM") != "dumb" && !quiet}
}

func (s *show) note(o record.Outcome) {
	if news := s.board.Note(o); news != "" && !s.table && !s.silent {
		say(s.w, "%s", news)
	}
}

// tell prints a line of what alerts do, above the table where both stand on a
// terminal.
func (s *show) tell(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.table && len(s.drawn) > 0 && isTerminal(s.out) {
		width, _ := s.size()
		fmt.Fprintf(s.w, "\x1b[%dA\r\x1b[J", record.Rows(width, s.drawn...))
		s.drawn = nil
	}
	fmt.Fprintln(s.out, line)
}

// begin says what is done, and draws the table from now on.
func (s *show) begin(ctx context.Context, head string) {
	s.head = head
	if !s.table {
		if !s.silent {
			say(s.w, "%s", head)
		}
		return
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.ended = make(chan struct{})
	go func() {
		defer close(s.ended)
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			s.draw()
			select {
			case <-ctx.Done():
				s.draw()
				return
			case <-tick.C:
			}
		}
	}()
}

func (s *show) end() {
	if s.stop != nil {
		s.stop()
		<-s.ended
	}
}

// size is that of the terminal.
func (s *show) size() (width, height int) {
	if f, ok := s.w.(*os.File); ok {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil && w > 0 && h > 0 {
			return w, h
		}
	}
	return 80, 24
}

// draw puts the table where it stood before. What was drawn may take other rows
// than then, since a terminal that gets narrower folds it anew.
func (s *show) draw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	width, height := s.size()
	var b strings.Builder
	if len(s.drawn) > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r", record.Rows(width, s.drawn...))
	}
	s.drawn = append([]string{s.head, ""}, s.board.Lines(width, height-record.Rows(width, s.head)-2)...)
	for _, line := range s.drawn {
		b.WriteString(line)
		if line == "" || terminal.Width(line)%width != 0 { // the rest of its last row
			b.WriteString("\x1b[K")
		}
		b.WriteString("\n")
	}
	b.WriteString("\x1b[J")
	io.WriteString(s.w, b.String())
}
