package main

import (
	"github.com/spf13/cobra"
)

func newCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check saved metrics, rule files and scrape configurations",
		Example: `  scrapebook check metrics scrape.prom
  scrapebook check rules demo:article/alerts.yml
  scrapebook check config demo:article/scrape-job.yaml.txt`,
	}
	cmd.AddCommand(newCheckMetrics(), newCheckRules(), newCheckConfig())
	return cmd
}
