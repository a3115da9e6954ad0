package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

func newCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check saved metrics and rule files",
		Example: `  scrapebook check metrics scrape.prom
  scrapebook check rules demo:article/alerts.yml`,
	}
	cmd.AddCommand(newCheckMetrics(), newCheckRules())
	return cmd
}

func newCheckRules() *cobra.Command {
	var out output
	var features []string
	var versions versionFlags
	cmd := &cobra.Command{
		Use:   "rules FILE...",
		Short: "Check rule files as Prometheus loads them",
		Long: `Check rule files as Prometheus loads them. Every error is shown with
file:line:column. A FILE may also be a PrometheusRule of the operator, the
answer of /api/v1/rules, several YAML documents of these, or - for standard
input.

With --kubernetes it tells instead on which versions of Kubernetes the rules
break or work otherwise: metrics that are gone or not there yet, other labels,
thresholds that no quantile reaches. What no source tells is "not known".

Exit code 0: all load; 1: there are errors, or with --kubernetes a rule breaks;
2: a file cannot be read, or with --kubernetes does not load.`,
		Example: `  scrapebook check rules demo:article/alerts.yml
  scrapebook check rules alerts.yml --kubernetes 1.18..1.36
  scrapebook check rules alerts.yml rules/*.yml
  kubectl get configmap alerts -o jsonpath='{.data.alerts\.yml}' | scrapebook check rules -`,
		Args: arguments(1, -1, ""),
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := cmp.Or(checkFeatures(features), versions.check(cmd)); err != nil {
				return err
			}
			if versions.kubernetes != "" {
				return versions.run(cmd, files, features, &out)
			}
			var bad int
			var unread error
			err := out.write(cmd, func(w io.Writer) (err error) {
				bad, unread, err = checkRules(cmd, w, files, features)
				return err
			})
			switch {
			case err != nil:
				return err
			case unread != nil:
				return unread
			case bad > 0:
				return &exit{code: codeFound}
			}
			return nil
		},
	}
	versions.register(cmd)
	out.register(cmd)
	registerFeatures(cmd, &features)
	return cmd
}

// warning spells a warning where errors stand, too.
func warning(e *rules.Error) string {
	w := *e
	w.Err = fmt.Errorf("warning: %w", e.Err)
	return w.Error()
}

// checkRules writes a line for each file that is good and each error of one
// that is not, and counts the bad ones. A file that cannot be read does not
// keep the others from being checked; err is that of w.
func checkRules(cmd *cobra.Command, w io.Writer, files, features []string) (bad int, unread, err error) {
	var b strings.Builder
	for _, file := range files {
		data, rerr := readRules(cmd, file)
		if rerr != nil {
			unread = errors.Join(unread, rerr)
			continue
		}
		groups, errs := rules.ParseAny(file, data, rules.ParseOptions{
			Features: features,
			Warn:     func(e *rules.Error) { fmt.Fprintln(&b, terminal.Clean(warning(e))) },
		})
		for _, e := range errs {
			fmt.Fprintln(&b, terminal.Clean(e.Error()))
		}
		if len(errs) > 0 {
			bad++
			continue
		}
		var alerts, records int
		for _, g := range groups {
			for _, r := range g.Rules {
				if r.Alert != "" {
					alerts++
				} else {
					records++
				}
			}
		}
		fmt.Fprintf(&b, "%s: ok: groups: %d, alerting rules: %d, recording rules: %d\n", terminal.Clean(file), len(groups), alerts, records)
	}
	_, err = io.WriteString(w, b.String())
	return bad, unread, err
}
