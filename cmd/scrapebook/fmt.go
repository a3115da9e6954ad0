package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type fmtFlags struct {
	to            string
	repair, write bool
	quiet         bool
	capture       captureFlags // the limits of it
}

var writtenFormats = map[string]expfmt.Format{
	"text": expfmt.FormatText, "openmetrics": expfmt.FormatOpenMetrics, "protobuf": expfmt.FormatProtobuf,
}

func newFmt() *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [FILE]",
		Short: "Write saved metrics in canonical form, or in another format",
		Long: `Fmt reads metrics from FILE, or standard input, and writes them in canonical
order to standard output: families by name, series by labels, buckets by bound,
numbers in their shortest form. Comments are no metrics and go.

What another format cannot hold is left out, and said on standard error, as the
type of a counter without _total in OpenMetrics. With errors in the input nothing
is written; --repair writes what is left.

Exit code 0: written; 1: the input has errors; 2: it is not metrics at all, its
own format cannot hold it, or a file cannot be read or written.`,
		Example: `  scrapebook fmt demo:article/excerpt-repaired
  curl -s localhost:9100/metrics | scrapebook fmt
  scrapebook fmt scrape.pb --to openmetrics
  scrapebook fmt damaged.prom --repair -w`,
		Args:              arguments(0, 1, ""),
		ValidArgsFunction: completeCapture,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{stdinName}
			}
			return f.run(cmd, args[0])
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.to, "to", "", "`FORMAT` to write: text, openmetrics or protobuf (default: that of the input)")
	fl.BoolVar(&f.repair, "repair", false, "write what can be read of damaged metrics, and say what was lost")
	fl.BoolVarP(&f.write, "write", "w", false, "write the file in place instead of to standard output")
	registerQuiet(cmd, &f.quiet)
	f.capture.registerLimits(cmd)
	completeValues(cmd, "to", "text", "openmetrics", "protobuf")
	return cmd
}

func (f *fmtFlags) run(cmd *cobra.Command, arg string) error {
	if err := oneOf(cmd, "to", f.to, "text", "openmetrics", "protobuf"); err != nil {
		return err
	}
	if f.write && (arg == stdinName || strings.HasPrefix(arg, demoPrefix)) {
		return fmt.Errorf("-w writes a file in place, and %s is none", arg)
	}
	src, err := newSource(cmd, arg, int64(f.capture.maxFile))
	if err != nil {
		return err
	}
	if src.capture {
		return fmt.Errorf("%s is a capture: name one file", arg)
	}
	if f.write {
		if err := notCompressed(src); err != nil {
			return err
		}
	}
	defer working(cmd, f.quiet, "formatting "+terminal.Clean(arg))()
	body, err := src.body(int64(f.capture.maxFile))
	if err != nil {
		return err
	}
	within, err := f.within(cmd, src, body)
	if err != nil {
		return err
	}
	contentType := src.contentType
	if within != nil {
		body, contentType = within.Body, within.Header.Get("Content-Type")
	}
	s, err := expfmt.ReadBody(body, contentType, expfmt.Options{
		File: arg, KeepClassic: true, MaxLine: int(f.capture.maxLine),
		MaxBytes: int64(f.capture.maxFile), Decompress: capture.Decompress,
	})
	if err != nil {
		return src.failed(err)
	}
	if within != nil {
		for i := range s.Problems {
			within.Origin().Move(&s.Problems[i], s.Format == expfmt.FormatProtobuf)
		}
	}
	text, err := f.convert(cmd, arg, s)
	if err != nil {
		return err
	}
	if !f.write {
		return f.print(cmd.OutOrStdout(), text)
	}
	if bytes.Equal(text, s.Text) {
		return nil
	}
	return replaceFile(arg, text)
}

// within reads the scrape of a file that is no exposition as it stands; nil
// when it is one.
func (f *fmtFlags) within(cmd *cobra.Command, src *source, body []byte) (*capture.Scrape, error) {
	c, err := f.capture.within(cmd, src, body)
	switch {
	case c == nil || err != nil:
		return nil, err
	case c.Scrapes > 1:
		return nil, fmt.Errorf("%s holds %d scrapes of %s, and fmt writes one: save each in a file of its own; 'scrapebook check metrics %s' checks all of them",
			src.name, c.Scrapes, terminal.Plural(len(c.Targets), "target", "targets"), src.name)
	case f.write:
		return nil, fmt.Errorf("%s holds more than the metrics, which -w would write in place of all of it: leave -w out, and write to another file with >", src.name)
	}
	return goodScrape(src.name, c)
}

// print writes the text as it is, but to a terminal what could steer it
// becomes visible.
func (f *fmtFlags) print(w io.Writer, text []byte) error {
	if !isTerminal(w) {
		_, err := w.Write(text)
		return err
	}
	if expfmt.Detect("", text).Format == expfmt.FormatProtobuf {
		return errors.New("protobuf is nothing for a terminal: write it to a file with >")
	}
	for line := range strings.Lines(string(text)) {
		if _, err := io.WriteString(w, terminal.Clean(strings.TrimSuffix(line, "\n"))+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// convert says what there is to say of the input, and writes the output into
// memory, so that there is all of it or none.
func (f *fmtFlags) convert(cmd *cobra.Command, arg string, s *expfmt.Snapshot) ([]byte, error) {
	bad := tell(cmd, s.Problems)
	if bad > 0 && !f.repair {
		return nil, &exit{codeFound, fmt.Errorf("%s has %s and is not written; --repair writes what could be read", arg, terminal.Plural(bad, "error", "errors"))}
	}
	to := s.Format
	if f.to != "" {
		to = writtenFormats[f.to]
	}
	if f.repair || to != s.Format {
		rest, lost := expfmt.Convert(s, to)
		for i := range lost {
			lost[i].File = arg
			lost[i].Severity = expfmt.SeverityWarning // the rest is written
		}
		tell(cmd, lost)
		s = rest
	}
	var out bytes.Buffer
	err := expfmt.Write(&out, s, to)
	if fe := (*expfmt.FormatError)(nil); errors.As(err, &fe) {
		for i := range fe.Problems {
			fe.Problems[i].File = arg
		}
		tell(cmd, fe.Problems)
		return nil, fmt.Errorf("%s cannot be written as %s; --repair leaves out what it cannot hold", arg, fe.Format)
	}
	return out.Bytes(), err
}

// toldOf is how many problems of one id fmt tells, and not only counts.
const toldOf = 5

// tell writes what was lost or changed to standard error, and counts errors.
func tell(cmd *cobra.Command, problems []expfmt.Problem) (bad int) {
	w := cmd.ErrOrStderr()
	number := map[string]int{}
	var ids []string
	for _, p := range problems {
		if p.Severity == expfmt.SeverityInfo {
			continue
		}
		if p.Severity == expfmt.SeverityError {
			bad++
		}
		if number[p.ID]++; number[p.ID] == 1 {
			ids = append(ids, p.ID)
		}
		if number[p.ID] > toldOf {
			continue
		}
		line := terminal.ProblemLine(p)
		if p.Done != "" {
			line += ", " + p.Done
		}
		fmt.Fprintln(w, line)
	}
	for _, id := range ids {
		if n := number[id] - toldOf; n > 0 {
			fmt.Fprintf(w, "and %d more [%s]\n", n, id)
		}
	}
	return bad
}

// notCompressed refuses what -w would have to compress again as it was.
func notCompressed(src *source) error {
	f, err := src.open()
	if err != nil {
		return err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, maxHead))
	if err != nil {
		return err
	}
	if c := expfmt.Detect("", head).Compression; c != "" {
		return fmt.Errorf("%s is compressed with %s, and -w would not compress it as it was: unpack it first, or write to another file", src.name, c)
	}
	return nil
}

// replaceFile replaces a file at once or not at all. What a link points to is
// replaced, and keeps its permissions.
func replaceFile(path string, data []byte) (err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".scrapebook-*")
	if err != nil {
		return fmt.Errorf("%s cannot be replaced: %w", path, err)
	}
	defer func() {
		if err != nil {
			tmp.Close() // a second Close does nothing
			os.Remove(tmp.Name())
		}
	}()
	if _, err = tmp.Write(data); err != nil {
		return err
	}
	if err = tmp.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	if err = tmp.Sync(); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
