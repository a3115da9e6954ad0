package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
)

type inspectFlags struct {
	manifest bool
	force    bool
	format   string
	quiet    bool
	out      output
	quantile quantileFlags
	capture  captureFlags
}

func newInspect() *cobra.Command {
	var f inspectFlags
	cmd := &cobra.Command{
		Use:   "inspect CAPTURE...",
		Short: "Show what a capture, or one scrape, was understood to be",
		Long: `Inspect shows what was understood of a capture: its targets, when and how often
they were scraped, where times come from, which files are ignored and why, and
what is wrong in the rest. Of one file with one scrape it shows the metrics.
Several paths are one capture. Where times are not known it says what settles
them, and shows the rest.

With --write-manifest it writes what it understood as capture.yaml into the
capture instead, to be corrected by hand and read by every later command.`,
		Example: `  scrapebook inspect demo:incident
  scrapebook inspect ./capture --write-manifest
  scrapebook inspect demo:healthy --format json
  curl -s localhost:9100/metrics | scrapebook inspect -
  scrapebook inspect scrape.prom -q 0.5,0.99 --match http_request_duration_seconds`,
		Args:              arguments(1, -1, ""),
		ValidArgsFunction: completeCapture,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVar(&f.manifest, "write-manifest", false, "write capture.yaml into the capture, or to --output")
	fl.BoolVar(&f.force, "force", false, "overwrite a capture.yaml that exists")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text or json")
	f.capture.registerAll(cmd)
	registerQuiet(cmd, &f.quiet)
	f.quantile.register(cmd)
	f.out.register(cmd)
	f.capture.register(cmd)
	completeValues(cmd, "format", "text", "json")
	return cmd
}

func (f *inspectFlags) run(cmd *cobra.Command, paths []string) error {
	if err := oneOf(cmd, "format", f.format, "text", "json"); err != nil {
		return err
	}
	if f.force && !f.manifest {
		return errors.New("--force is for --write-manifest")
	}
	quantiles, err := f.quantile.parse()
	if err != nil {
		return err
	}
	asked, err := f.capture.options(cmd)
	if err != nil {
		return err
	}
	asked.Untimed = !f.manifest // which would keep what is invented
	c, err := openCapture(cmd, paths, asked)
	if err != nil {
		return err
	}
	path := paths[0]
	if len(paths) > 1 {
		path = c.Name
	}
	switch {
	case quantiles != nil:
		return f.inspectQuantiles(cmd, path, c, quantiles)
	case f.manifest:
		return f.writeManifest(cmd, paths, c)
	case c.Scrapes == 1 && len(paths) == 1 && isOneFile(path):
		return f.inspectScrape(cmd, path, c)
	}
	opts := replay.Options{Capture: c, Queries: []string{}} // the summary is all that is wanted
	f.capture.apply(&opts)
	tick, done := progress(cmd, f.quiet, c.Scrapes)
	opts.Progress = tick
	loaded, err := replay.Load(cmd.Context(), opts)
	done()
	if err != nil {
		return err
	}
	in := inspection(c, loaded)
	return f.out.write(cmd, func(w io.Writer) error {
		if f.format == "json" {
			return report.JSON{}.Inspect(w, in)
		}
		return f.capture.text(w).Inspect(w, in)
	})
}

// inspectScrape shows the only scrape of a capture.
func (f *inspectFlags) inspectScrape(cmd *cobra.Command, path string, c *capture.Capture) error {
	scrape, size, err := f.capture.readScrape(path, c)
	if err != nil {
		return err
	}
	e := &report.Exposition{Name: path, Bytes: size, Inventory: signals.NewInventory(scrape.Snapshot)}
	for _, p := range c.Problems {
		e.Problems = append(e.Problems, expfmt.Problem{File: p.File, ID: p.ID, Severity: expfmt.SeverityWarning, Message: p.Message})
	}
	e.Problems = append(e.Problems, scrape.Snapshot.Problems...)
	return f.out.write(cmd, func(w io.Writer) error {
		if f.format == "json" {
			return report.JSON{}.Exposition(w, e)
		}
		return f.capture.text(w).Exposition(w, e)
	})
}

// isOneFile tells whether an argument names one file, which may be an archive.
func isOneFile(path string) bool {
	if path == stdinName {
		return true
	}
	if name, ok := strings.CutPrefix(path, demoPrefix); ok {
		d, err := openDemo(name)
		return err == nil && !d.dir
	}
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func inspection(c *capture.Capture, loaded *replay.Loaded) *report.Inspection {
	in := &report.Inspection{Capture: loaded.Capture, Problems: loaded.Problems}
	if c.Untimed != nil {
		in.Unsettled = c.Untimed.Ways()
	}
	for _, s := range c.TimeSources {
		in.Times = append(in.Times, report.TimeSource(s))
	}
	for _, f := range c.Files {
		in.Ignored = append(in.Ignored, report.Ignored(f))
	}
	return in
}

// manifestName is the file that capture reads settings from.
const manifestName = "capture.yaml"

func (f *inspectFlags) writeManifest(cmd *cobra.Command, paths []string, c *capture.Capture) error {
	text, err := c.Manifest()
	if err != nil {
		return err
	}
	to := f.out.path
	if to == stdinName {
		_, err := cmd.OutOrStdout().Write(text)
		return err
	}
	if to == "" {
		path := strings.Join(paths, " ")
		if info, err := os.Stat(path); len(paths) > 1 || err != nil || !info.IsDir() {
			return fmt.Errorf("--write-manifest: %s is no folder that %s could be written into: pass -o FILE, or -o - to see it", path, manifestName)
		}
		to = filepath.Join(path, manifestName)
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if f.force {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(to, mode, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("--write-manifest: %s exists: pass --force to overwrite it, or -o - to see what would be written", to)
	}
	if err != nil {
		return fmt.Errorf("--write-manifest: %w", err)
	}
	defer file.Close() // a second Close does nothing
	if _, err := file.Write(text); err != nil {
		return fmt.Errorf("--write-manifest: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("--write-manifest: %w", err)
	}
	say(cmd.ErrOrStderr(), "wrote %s: %d targets, %d scrapes", to, len(c.Targets), c.Scrapes)
	return nil
}
