// Package serve answers the HTTP API of Prometheus over a capture: what
// Grafana, promtool and another Prometheus ask of a server, they can ask of
// saved scrapes. Paths, parameters, answers, error types and status codes are
// those of web/api/v1 of Prometheus v0.316.0; what makes no sense over a
// capture is an error of the same shape that says why.
//
// For people there are pages at /, made by signals/report/html: HTML and SVG,
// and one script of ours for what HTML cannot do.
//
// A Handler is an http.Handler. It only reads: no request changes anything,
// opens a file that is not the capture's, or runs without a bound in time, size
// and number. It trusts no browser: it answers to no name of a host but those
// it was told (DNS rebinding), sends no CORS headers, and refuses what pages of
// other origins post.
package serve
