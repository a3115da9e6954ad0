package report_test

import (
	"context"
	"os"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
)

// The rules of the packs that come along, over a folder of saved scrapes.
func ExampleReporter() {
	files, _ := fixtures.FS("article")
	c, err := capture.Open(files, "article", capture.Options{})
	if err != nil {
		panic(err)
	}
	found, err := packs.Replay(context.Background(), replay.Options{Capture: c}, nil, nil)
	if err != nil {
		panic(err)
	}
	var out report.Reporter = report.Text{Width: 100} // or report.JSON{}
	_ = out.Report(os.Stdout, found.Result)
	// Output:
	// article: 8 targets of 1 job, 8 scrapes (0 failed)
	//   2020-06-01 12:00:00 UTC; 8 files ignored (README.md, alerts.txt, …)
	//   kube-proxy  8 targets  8 scrapes  0 failed
	//   assumed: 2 damaged lines skipped
	//
	// 0 of 6 alerts fired
	// One scrape a target: rate and increase need two, so they give nothing here.
	//
	// VERDICT   ALERT              FOR  WHEN  ON  WORST        SEEN
	// inactive  KubeProxyDown      30s            1, not == 0     8
	// inactive  KubeProxyMissing   30s                            8
	// inactive  KubeProxyAllDown   15s            2, not == 0     8
	// inactive  KubeProxyApiSlow   1m             no value       47
	// inactive  KubeProxyErrors    30s            no value       14
	// inactive  KubeProxySyncSlow  1m             no value       32
	//
	// 2 problems in the files:
	//   kube-proxy/excerpt/1591012800000.prom:1:1: error: a metric's name or # expected, found '.'
	//     [bad-line]
	//   kube-proxy/excerpt/1591012800000.prom:11:1: error: a metric's name or # expected, found '.'
	//     [bad-line]
}
