package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query/promapi"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// serverFlags name a server that is asked in place of a capture.
type serverFlags struct {
	url, http string
	align     bool
}

func (f *serverFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.url, "server", "", "ask the Prometheus-compatible server at `URL` instead of reading a capture, with --from and --to: it evaluates the expressions")
	fl.StringVar(&f.http, "http-config", "", "`FILE` with what HTTP takes to ask the server, as in a scrape job: basic_auth, authorization, tls_config, http_headers, …")
	fl.BoolVar(&f.align, "step-align", false, "evaluate at multiples of the interval, as fronts of servers align queries so that they can be cached")
}

// check refuses what does not go with a server, or without one; paths are the
// command's captures.
func (f *serverFlags) check(cmd *cobra.Command, paths []string) error {
	if f.url == "" {
		return cmp.Or(onlyWithServer(cmd, "http-config"), onlyWithServer(cmd, "step-align"))
	}
	if len(paths) > 0 {
		return fmt.Errorf("--server is asked instead of a capture: leave out %s, or --server", paths[0])
	}
	for _, name := range captureOnly() {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s is about the files of a capture, and --server has none: leave out one of them", name)
		}
	}
	return nil
}

func onlyWithServer(cmd *cobra.Command, name string) error {
	if cmd.Flags().Changed(name) {
		return fmt.Errorf("--%s is for --server URL, which is not there", name)
	}
	return nil
}

// captureOnly are the flags that say something of files.
func captureOnly() []string {
	var f captureFlags
	c := &cobra.Command{}
	f.register(c)
	var names []string
	c.Flags().VisitAll(func(fl *pflag.Flag) {
		if fl.Name != "jobs" {
			names = append(names, fl.Name)
		}
	})
	return append(names, "prometheus", "jitter", "lose")
}

// open finds out what the server has between two times, and makes it answer
// what is replayed. A time of day is one of today.
func (f *serverFlags) open(cmd *cobra.Command, from, to string, opts *replay.Options) (*capture.Capture, error) {
	start, end, err := serverWindow(from, to, time.Now().UTC())
	if err != nil {
		return nil, err
	}
	client, err := f.client(start, end, opts.Lookback)
	if err != nil {
		return nil, err
	}
	if opts.Server, err = replay.Survey(cmd.Context(), client, client.URL(), start, end); err != nil {
		return nil, err
	}
	opts.Capture, opts.Align = opts.Server.Capture, f.align
	return opts.Capture, f.introduce(cmd, client, opts)
}

// introduce asks the server who it is.
func (f *serverFlags) introduce(cmd *cobra.Command, client *promapi.Client, opts *replay.Options) error {
	dialect, err := client.Dialect(cmd.Context())
	opts.Server.Version, opts.Server.MetricsQL = client.Version(cmd.Context()), dialect == promapi.MetricsQL
	return cmp.Or(err, client.Err())
}

// openAt makes the server answer queries from start to end, in steps of a 250th
// of that by default, as promtool has them.
func (f *serverFlags) openAt(cmd *cobra.Command, start, end time.Time, opts *replay.Options) (*capture.Capture, error) {
	client, err := f.client(start, end, opts.Lookback)
	if err != nil {
		return nil, err
	}
	opts.Capture = &capture.Capture{
		Name: client.URL(), Start: start.UnixMilli(), End: end.UnixMilli(),
		Interval: max(time.Second, (end.Sub(start) / 250).Truncate(time.Second)),
	}
	opts.Server = &replay.Surveyed{Server: client, Capture: opts.Capture}
	return opts.Capture, f.introduce(cmd, client, opts)
}

// serverWindow reads --from and --to.
func serverWindow(from, to string, now time.Time) (start, end time.Time, err error) {
	if from == "" {
		return start, end, errors.New("--server needs to know from when on to ask: pass --from TIME, such as 2026-11-21T07:10:00Z, and --to, which is now unless given")
	}
	if start, err = ago("from", from, now); err != nil {
		return start, end, err
	}
	if end = now; to != "" {
		if end, err = ago("to", to, now); err != nil {
			return start, end, err
		}
	}
	start, end = start.Truncate(time.Millisecond), end.Truncate(time.Millisecond)
	if !start.Before(end) {
		return start, end, fmt.Errorf("--to %s does not lie after --from %s", spellTime(end), spellTime(start))
	}
	return start, end, nil
}

// ago reads a time, or how long ago it was: -2h.
func ago(flag, text string, now time.Time) (time.Time, error) {
	if back, ok := strings.CutPrefix(text, "-"); ok {
		if d, err := model.ParseDuration(back); err == nil {
			return now.Add(-time.Duration(d)), nil
		}
	}
	return parseTime(flag, text, now.Truncate(24*time.Hour), now)
}

func (f *serverFlags) client(from, to time.Time, lookback time.Duration) (*promapi.Client, error) {
	opts := promapi.Options{URL: f.url, From: from, To: to, Lookback: lookback}
	client, err := clientOf(f.http, "server")
	if err != nil {
		return nil, err
	}
	if opts.HTTP = client; client != nil {
		client.Timeout = serverTimeout
	}
	c, err := promapi.New(opts)
	if err != nil {
		return nil, fmt.Errorf("--server %w", err)
	}
	return c, nil
}

// serverTimeout is a little longer than a server's own for a query.
const serverTimeout = 150 * time.Second
