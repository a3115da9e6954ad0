package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/compat"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// versionFlags ask on which versions of Kubernetes rules work.
type versionFlags struct {
	kubernetes string
	catalogues []string
	format     string
}

func (f *versionFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.kubernetes, "kubernetes", "", "tell how the rules fare on `VERSIONS` of Kubernetes: 1.18..1.36, 1.24.. or 1.36")
	fl.StringArrayVar(&f.catalogues, "catalogue", nil, "with --kubernetes: read a further list of metrics from `FILE`, see 'scrapebook catalogue --help'")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text, json, github or sarif")
	completeValues(cmd, "format", "text", "json", "github", "sarif")
}

// check refuses what only --kubernetes has a use for.
func (f *versionFlags) check(cmd *cobra.Command) error {
	if f.kubernetes == "" && len(f.catalogues) > 0 {
		return errors.New("--catalogue is for --kubernetes")
	}
	if f.kubernetes != "" && f.format == "sarif" {
		return errors.New("--format sarif is not for --kubernetes, which has text, json and github")
	}
	return oneOf(cmd, "format", f.format, "text", "json", "github", "sarif")
}

// run tells how the rules of files fare. It is codeFound when one breaks.
func (f *versionFlags) run(cmd *cobra.Command, files []string, parse rules.ParseOptions, out *output) error {
	known, err := readCatalogues(cmd, f.catalogues)
	if err != nil {
		return err
	}
	var kubernetes *catalogue.Catalogue
	for _, c := range known {
		if c.Software == catalogue.Kubernetes().Software {
			kubernetes = c
		}
	}
	versions, err := compat.Versions(kubernetes, f.kubernetes)
	if err != nil {
		return err
	}
	groups, err := loadRules(cmd, files, parse)
	if err != nil {
		return err
	}
	result, err := compat.Check(kubernetes, versions, groups, parse.Features)
	if err != nil {
		return err
	}
	if err := out.write(cmd, func(w io.Writer) error {
		switch f.format {
		case "json":
			return report.JSON{}.Compat(w, result)
		case "github":
			return report.GitHub{}.Compat(w, result)
		}
		return report.Text{Width: widthOf(cmd, w), Color: wantsColor(cmd, w)}.Compat(w, result)
	}); err != nil {
		return err
	}
	for i := range result.Rules {
		if result.Rules[i].Worst() == compat.Breaks {
			return &exit{code: codeFound}
		}
	}
	return nil
}
