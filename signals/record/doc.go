// Package record scrapes targets as a Prometheus server does, and saves what
// they answer as a capture.
//
//	targets, err := record.URLs([]string{"localhost:9100"}, nil, record.Request{})
//	r, err := record.New(record.Options{Dir: "capture", Targets: targets, Every: 5 * time.Second})
//	err = r.Run(ctx)
//
// What is written, in the canonical layout of package capture:
//
//	capture.yaml               what was asked: targets, intervals, settings of
//	                           jobs that tell how their samples are read
//	JOB/INSTANCE/TIME.prom     the answer, its Content-Encoding taken off; or
//	                           TIME.prom.zst
//	JOB/INSTANCE/TIME.headers  the status and the headers as they came, but for
//	                           cookies
//	JOB/INSTANCE/TIME.err      why the scrape failed, when it did
//
// Folders are named as capture.FolderName says. TIME is when the scrape began,
// in Unix milliseconds: the instant that was planned if it began within 2 ms
// (and 1 % of the interval) of that, as a server aligns its times.
//
//  1. All targets are scraped at the same instants: whole intervals after the
//     first one, which is a whole second. Each has a loop of its own: one that
//     hangs delays no other. Files are written beside it, so that a scrape that
//     took all of its time does not delay the next one. An instant at which the
//     scrape before is still under way is made up for when that is done, and
//     left out when a whole interval has passed.
//  2. A request is that of a server: method, Accept, Accept-Encoding,
//     User-Agent, X-Prometheus-Scrape-Timeout-Seconds, and what common/config
//     knows of TLS, authorization, proxies and headers.
//  3. A scrape fails as it does for a server: no connection, no whole answer
//     within the timeout, a status that is not 200, a body that is larger than
//     its limit or that cannot be decompressed. The answer to a failed scrape
//     is kept if all of it came.
//  4. A body goes to its file as it comes: memory holds some 100 KB for each
//     scrape that is under way, whatever the size of bodies.
//  5. A file is written under a name that no reader of captures opens (a dot
//     before it, .tmp behind it), synced to the disk, and renamed: then it is
//     whole, after kill -9 and after a power cut. Folders are synced when the
//     recording ends, so that a power cut may lose the newest scrapes as a
//     whole. A body is there before its headers, and the reason of a failure
//     before the rest of it.
//  6. Neither files nor messages hold tokens, passwords, user names or query
//     parameters of URLs. Credentials do not follow redirects to another host;
//     a redirect there is a failure where http_headers hold some, since nobody
//     knows which of these are secret. No Referer is sent.
//  7. Options.MaxDisk bounds what lies in the folder: then the oldest scrapes
//     are removed.
package record
