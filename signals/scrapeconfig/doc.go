// Package scrapeconfig reads scrape configurations and says what they make of
// targets, without a server: which are kept, under which address and labels, by
// which rule of relabelling, and what is wrong with the configuration.
//
//	file := scrapeconfig.Read("prometheus.yml", data)
//	for _, job := range file.Jobs {
//		for _, g := range job.Static {
//			targets := job.Relabel(g, false)
//			…
//		}
//	}
//
// What is read is accepted and refused as Prometheus v0.316.0 (3.16) does: the
// settings of HTTP are read by common/config, relabelling is model/relabel. Of
// other sections than global, rule_files and scrape_configs, and of discovery
// other than static, file and Kubernetes, only the shape is checked.
package scrapeconfig
