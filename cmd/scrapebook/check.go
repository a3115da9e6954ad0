package main

import (
	"github.com/spf13/cobra"
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
