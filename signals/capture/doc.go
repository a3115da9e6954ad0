// Package capture reads saved scrapes of many targets as one stream in time
// order.
//
// A capture is a directory. In the canonical layout each scrape is a file
// TIME.prom, TIME.prom.gz or TIME.prom.zst, and the folders above it name its
// target; such files are not opened before they are streamed:
//
//	JOB/INSTANCE/TIME.prom   deeper nesting is allowed, the last two folders count
//	INSTANCE/TIME.prom       the job is found as below
//	TIME.prom                the instance is the capture's name
//
// TIME is unix seconds (10 digits, with or without a fraction), unix
// milliseconds (13 digits), or RFC 3339 in its extended or basic form
// (2026-11-21T07:10:00.5Z, 20261121T071000+0100), the colons of the time also
// written as `-`. A time without a zone is UTC, and Problems says so.
//
// Files of all other names are looked into, decompressed, and are scrapes when
// their beginning is an exposition, in text or protobuf. What is known of them
// comes from, first that tells it:
//
//	time      the samples' own timestamps when all have them; capture.yaml; the
//	          rightmost time in the path (Find), or a date in a folder and a time
//	          in the file, unless Options.TimeFrom asks for modification times;
//	          the Date header beside or in the file; node_time_seconds; the
//	          newest of the samples' own timestamps; an archive member's
//	          modification time; a folder's time that all files have;
//	          Options.Every and End for what has an order; for single scrapes of
//	          a target each, the newest modification time, or the archive's own,
//	          for all. For none of them the error is a *NoTimeError that shows
//	          what could be taken
//	instance  the file's name less time, extension, component and the words
//	          metrics, scrape, dump, output, raw, stats, vars, response and curl;
//	          the folder's name when nothing is left, or when the name is the
//	          same in several folders; the capture's
//	job       the folder above the instance's; a component's name in the path;
//	          the component whose metrics the content has; Options.Job; `job` of
//	          capture.yaml; the folder; the capture's name
//
// Files of two folders are of two targets, unless what differs says nothing of
// targets: a date, words of a sequence. Such are t0, t1, start, end, before,
// during, after, first, second, old, new and their like, and run1, day2: where
// a name has a counterpart that is the same but for them, they order the
// scrapes of one target. A name with another word beside metrics, in a folder
// that has metrics as well, is another path of the same process (the label
// metrics_path). An archive among the files of a folder is read as a folder of
// its name.
//
// A file may hold many scrapes: with a line of `date` before or behind each, or
// response headers as curl -i writes them, or nothing between them: an
// exposition that starts again. They are called FILE#1, FILE#2 and so on.
// Curl's progress meter is taken out, with a problem. JSON with a body, a
// status and headers, alone, one after the other or in an array, is what HTTP
// tools save. Prefixes of all lines, pages and JSON around a text are taken
// off; places (Scrape.Place) are those of the file all the same. Numbers that
// stand alone in names without times count scrapes (metrics.1 … metrics.9):
// their direction is that in which counters do not fall. Files whose samples
// all have own timestamps, and a series several times or a label instance, are
// dumps (Scrape.Bulk). Whatever is assumed stands in Problems, whatever is
// left out in Files, and Manifest freezes all of it.
// Options.Name goes before what names say.
//
// Beside a scrape may stand its response headers as curl -D writes them
// (TIME.headers or TIME.prom.headers) and TIME.err, the text of why it failed;
// a TIME.err alone is a failed scrape too. An empty TIME.err beside a body, or
// one with nothing but curl's progress in it, says nothing.
//
// What names cannot say stands in capture.yaml at the top. Every key is
// optional; an unknown one is an error:
//
//	job: kube-proxy                   # of targets whose folders name none
//	labels: {cluster: test}           # added to every series; job and instance may be set here, too
//	interval: 5s                      # how often targets were scraped
//	honor_labels: false               # these five as in Prometheus' scrape_config
//	honor_timestamps: true
//	track_timestamps_staleness: false
//	relabel_configs: []
//	metric_relabel_configs: []
//	sample_limit: 0                   # and its other limits, body_size_limit among them
//	scrape_native_histograms: false   # and the other settings of histograms, extra_scrape_metrics,
//	                                  # fallback_scrape_protocol, metric_name_validation_scheme
//	ends: kept                        # or removed: the target was taken out of service after its last scrape
//	jobs:
//	  kube-proxy: {job: proxy}        # all of the above, for the targets of a job
//	targets:
//	  kube-proxy/node-a: {labels: {zone: b}}   # and for one target, named as its folders are
//	incidents:                        # what is known to have happened, for package judge; not below jobs and targets
//	- name: API server dead
//	  from: 2026-11-21T07:13:07Z
//	  to: 2026-11-21T07:14:40Z        # without it: to the end
//	  targets: [node-a, kube-proxy/node-b*]   # without them: it may be any
//	  alerts: [KubeProxyErrors]       # that should tell of it; without them: any may
//	files:                            # what Manifest writes: it goes before names and contents
//	  node1.txt: {job: node-exporter, instance: node1, time: 2026-11-21T07:10:08Z}
//	  loop.log: {times: [2026-11-21T07:10:08Z, 2026-11-21T07:10:13Z]}
//	  all.txt: {scrapes: [{job: a, instance: n1, time: 1795244469}, {job: a, instance: n2, time: 1795244469}]}
//	  node2/: {job: node-exporter, instance: node2}   # the canonical names in a folder
//	  n3/public.txt: {job: broker, instance: n3, metrics_path: /public}
//	  old.txt: {ignore: of another day}
//
// The most specific level that says something wins; labels of all levels are
// merged.
//
// Hidden files and folders, symbolic links, and everything that is not a
// regular file are never opened: they are listed in Ignored. One file may also
// be passed by itself, under any name, and "-" is standard input (OpenPath).
//
// In canonical layouts that name their jobs the package opens no file while
// listing but capture.yaml, and one at a time while streaming: only then what
// stands around a text is taken off (Scrape.Unwrapped), and what holds several
// scrapes, or a dump, is no scrape that such a name could be of. Of other files
// it reads the first 64 KiB, and the whole, line by line, of those without a
// time in their name and of those that hold several scrapes or a dump.
package capture
