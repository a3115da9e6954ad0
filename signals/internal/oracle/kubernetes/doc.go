// Package kubernetes proves the targets of signals/scrapeconfig/discovery
// against Prometheus' own discovery, which asks a stand-in API server that
// serves saved lists. It is a package of its own since client-go takes long to
// build.
package kubernetes
