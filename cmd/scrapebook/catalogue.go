package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type catalogueFlags struct {
	files   []string
	from    string
	program string
	version string
	format  string
	quiet   bool
	out     output
	capture captureFlags
}

func newCatalogue() *cobra.Command {
	var f catalogueFlags
	cmd := &cobra.Command{
		Use:   "catalogue NAME|GLOB...",
		Short: "Show a metric's history: on which versions it exists, with which labels and buckets",
		Long: `Catalogue shows what is known of metrics by the version of their program: type,
labels, bounds of buckets, stability, since when and until when. Scrapebook
brings the metrics of Kubernetes' components with it, those of kube-proxy from
1.14 to 1.36 and of the others as far as its sources reach. A metric is said to
be gone only where a source says so: that a list lacks it proves nothing.

--catalogue reads further lists, of any program; where they speak of Kubernetes
they are right. --from makes such a list of what a capture shows. Its form is
described with the package signals/catalogue:

  software shop
  versions 1.0..1.3,2.0
  shop_orders_total  1.0..1.2  counter    labels=code
  shop_seconds       1.3..     histogram  labels= le=0.1,0.5,1
  shop_old_total     2.0       none       renamed=shop_orders_total

Exit code 0: done; 2: nothing is known of a NAME, or it could not be done.`,
		Example: `  scrapebook catalogue rest_client_request_duration_seconds
  scrapebook catalogue 'kubeproxy_*' --format json
  scrapebook catalogue --from ./capture --software shop --version 1.3 -o shop.list
  scrapebook catalogue --catalogue shop.list shop_orders_total`,
		ValidArgsFunction: completeMetric,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringArrayVar(&f.files, "catalogue", nil, "read a further list from `FILE` (- is standard input); may be repeated")
	fl.StringVar(&f.from, "from", "", "write a list of what `CAPTURE` shows, instead of showing metrics")
	fl.StringVar(&f.program, "software", "", "with --from: `NAME` of the software (default: as NAME_build_info tells)")
	fl.StringVar(&f.version, "version", "", "with --from: `VERSION` of all scrapes (default: as each tells)")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text or json")
	registerQuiet(cmd, &f.quiet)
	f.out.register(cmd)
	f.capture.registerReading(cmd)
	completeValues(cmd, "format", "text", "json")
	return cmd
}

// completeMetric offers the metrics of Kubernetes.
func completeMetric(_ *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	names := slices.DeleteFunc(catalogue.Kubernetes().Names(), func(name string) bool { return !strings.HasPrefix(name, toComplete) })
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (f *catalogueFlags) run(cmd *cobra.Command, args []string) error {
	switch {
	case f.from != "" && (len(args) > 0 || len(f.files) > 0 || cmd.Flags().Changed("format")):
		return errors.New("--from writes a list: it takes no NAME, --catalogue or --format")
	case f.from != "":
		return f.convert(cmd)
	case f.program != "" || f.version != "":
		return errors.New("--software and --version are for --from")
	}
	if err := cmp.Or(arguments(1, -1, "")(cmd, args), oneOf(cmd, "format", f.format, "text", "json")); err != nil {
		return err
	}
	all, err := readCatalogues(cmd, f.files)
	if err != nil {
		return err
	}
	shown, unknown, err := histories(all, args)
	if err != nil {
		return err
	}
	if len(shown) > 0 {
		if err := f.out.write(cmd, func(w io.Writer) error {
			if f.format == "json" {
				return report.JSON{}.Catalogue(w, shown)
			}
			return f.capture.text(w).Catalogue(w, shown)
		}); err != nil {
			return err
		}
	}
	return unknown
}

// readCatalogues returns the catalogue of Kubernetes and those of files, one of
// each software.
func readCatalogues(cmd *cobra.Command, files []string) ([]*catalogue.Catalogue, error) {
	all := []*catalogue.Catalogue{catalogue.Kubernetes()}
	for _, file := range files {
		c, err := readCatalogue(cmd, file)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(o *catalogue.Catalogue) bool { return o.Software == c.Software })
		if i < 0 {
			all = append(all, c)
			continue
		}
		sayContradictions(cmd, file, catalogue.Contradictions(all[i], c))
		if all[i], err = catalogue.Merge(all[i], c); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return all, nil
}

func readCatalogue(cmd *cobra.Command, file string) (*catalogue.Catalogue, error) {
	data, err := readAll(cmd, file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the catalogue: %w", err)
	}
	c, err := catalogue.Read(strings.NewReader(string(data)), file)
	if err != nil {
		return nil, fmt.Errorf("the catalogue cannot be used:\n%w", err)
	}
	return c, nil
}

// sayContradictions names some of what a list says differently.
func sayContradictions(cmd *cobra.Command, file string, list []catalogue.Contradiction) {
	const most = 5
	for _, x := range list[:min(len(list), most)] {
		say(cmd.ErrOrStderr(), "%s contradicts what was known of %s in %s: %s: %s, before: %s", file, x.Metric, x.Version, x.What, x.New, x.Old)
	}
	if n := len(list) - most; n > 0 {
		say(cmd.ErrOrStderr(), "and in %s more", terminal.Plural(n, "thing", "things"))
	}
}

// histories finds the metrics that the arguments name. One of which nothing is
// known does not keep the others from being shown.
func histories(all []*catalogue.Catalogue, patterns []string) (shown []report.Histories, unknown, err error) {
	matched := map[string]bool{}
	for _, c := range all {
		l := report.Histories{Catalogue: c}
		seen := map[string]bool{}
		for _, pattern := range patterns {
			names, err := c.Match(pattern)
			if err != nil {
				return nil, nil, fmt.Errorf("%q is no pattern: write * for any text, ? for a character, [ab] for one of some", pattern)
			}
			if family := c.Family(pattern); len(names) == 0 && family != "" {
				names = []string{family} // of a _bucket, _sum or _count
			}
			for _, name := range names {
				matched[pattern] = true
				if !seen[name] {
					seen[name] = true
					l.Metrics = append(l.Metrics, c.History(name))
				}
			}
		}
		if len(l.Metrics) > 0 {
			shown = append(shown, l)
		}
	}
	for _, pattern := range patterns {
		if !matched[pattern] {
			unknown = errors.Join(unknown, nothingKnown(all, pattern))
		}
	}
	return shown, unknown, nil
}

func nothingKnown(all []*catalogue.Catalogue, pattern string) error {
	var software, near []string
	for _, c := range all {
		software = append(software, c.Software)
		near = append(near, c.Similar(pattern)...)
	}
	text := fmt.Sprintf("nothing is known of %s in %s, which does not mean that it does not exist", pattern, strings.Join(software, ", "))
	if len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return errors.New(text)
}

// convert writes a list of what a capture shows.
func (f *catalogueFlags) convert(cmd *cobra.Command) error {
	c, err := f.capture.open(cmd, f.from)
	if err != nil {
		return err
	}
	software, seen, err := f.observe(cmd, c)
	if err != nil {
		return err
	}
	list, err := seen.Catalogue(software, catalogue.Source{ID: "scrapes", Text: "scrapes in " + f.from})
	if err != nil {
		return err
	}
	return f.out.write(cmd, list.Write)
}

// observe notes all scrapes of one software.
func (f *catalogueFlags) observe(cmd *cobra.Command, c *capture.Capture) (software string, seen *catalogue.Observed, err error) {
	software, seen = f.program, &catalogue.Observed{}
	used, mute, other := 0, 0, 0
	defer follow(cmd, f.quiet, "reading scrapes", c)()
	stream := c.Stream()
	for stream.Next() {
		s := stream.Scrape()
		if s.Err != nil || s.Failure != "" || s.Status != 0 && s.Status != 200 || len(s.Body) == 0 || s.Target == nil {
			continue
		}
		snapshot, err := expfmt.ReadBody(s.Body, s.Header.Get("Content-Type"), expfmt.Options{File: s.File, MaxLine: int(f.capture.maxLine)})
		if err != nil {
			continue // no exposition: inspect says so
		}
		program, version := catalogue.BuildInfo(snapshot)
		if f.program != "" && f.version != "" || program == "" {
			program = f.program
		}
		version = cmp.Or(f.version, version)
		switch {
		case program == "" || version == "":
			mute++
			continue
		case software == "":
			software = program
		case program != software:
			other++
			continue
		}
		seen.Add(snapshot, s.Target.Job, version)
		used++
	}
	switch {
	case stream.Err() != nil:
		return "", nil, stream.Err()
	case used == 0:
		return "", nil, fmt.Errorf("%s: no scrape tells its software and version: pass --software and --version", f.from)
	}
	if mute > 0 {
		say(cmd.ErrOrStderr(), "%s left out, which tell no software or version: --software and --version say what they are", terminal.Plural(mute, "scrape", "scrapes"))
	}
	if other > 0 {
		say(cmd.ErrOrStderr(), "%s left out, which are not of %s: --software and --version make them so", terminal.Plural(other, "scrape", "scrapes"), software)
	}
	return software, seen, nil
}
