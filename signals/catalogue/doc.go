// Package catalogue knows which metrics a program has, by its version: their
// names, types, labels, bucket bounds and stability, since when and until when.
//
// [Kubernetes] is the catalogue of Kubernetes' components that comes with the
// package: kube-proxy from 1.14 to 1.36, the others as far as its sources
// reach. [Read] reads further lists, of any software, and [Merge] joins them.
// [Catalogue.At] answers for one version, [Catalogue.History] for all.
//
// # What is claimed
//
// A catalogue repeats what its sources state, and no more. That a list or a
// scrape lacks a metric proves nothing: a healthy process may not have made
// its children yet, another mode may have it, the list may be incomplete. So a
// metric is [Gone] or [NotYet] only where a source says that this version does
// not have it. All else is [Unlisted], when the version's list was read and
// lacks it, or [Unknown]. Of versions outside of the catalogue nothing is
// known, whatever is known of those beside them.
//
// # The form of a list
//
// A list is a text in UTF-8, read line by line. Fields are separated by blanks
// or tabs; what follows a # at the start of a field is a comment.
//
//	# Metrics of the shop, by hand.
//	software shop
//	versions 1.0..1.3,2.0
//	source   code "read in shop/metrics.go"
//	source   page "the page of metrics"
//	listed   1.3,2.0 from=page
//
//	shop_orders_total        1.0..1.2  counter    labels=code
//	shop_orders_total        1.3..     counter    labels=code,region=eu from=code,page
//	shop_order_seconds       ..1.3     histogram  labels= le=0.1,0.5,1,5 stability=beta
//	shop_order_seconds       2.0       none       renamed=shop_order_duration_seconds
//	shop_up                  ..        -          note="asked for, type not known"
//
// Its first line names the software, its second the versions that the list
// speaks of, oldest first; 1.0..1.3 are four of them, which differ in the last
// number. A line "source" gives a source its short name. A line "listed" names
// the versions of which a list was read as a whole: what it lacks is said to be
// "not listed", never gone. With a source it speaks only of metrics that lists
// have in some version, so that those of a library are not known instead.
//
// Any other line is a fact: a metric's name, that of the family without
// _bucket, _sum and _count; the versions that it is about, 1.0..1.2, 1.3.. up
// to the newest, ..1.2 from the oldest, .. all, or several of these with commas
// between; and its type. The types are those of the text format and of
// OpenMetrics, custom when the program decides with each scrape, - when it is
// not known, and none when the versions do not have the metric. Then follow in
// any order
//
//	labels=a,b=c    the labels' names; with a value where it is always this one;
//	                "labels=" has none, without the key they are not known
//	le=0.1,1        the finite upper bounds of the buckets, rising
//	quantiles=0.5   those of a summary, rising
//	stability=beta  a word
//	deprecated=1.2  the version that deprecated it
//	hidden          it has to be asked for, with a flag
//	renamed=other   after none: what took its place
//	in=a,b          components that have it; others may
//	from=code       the sources, by their short names
//	note="…"        a sentence for people
//
// A name, a value or an item of a list stands in double quotes, as in Go, when
// it has blanks, commas, quotes, = or # in it; so does a metric called
// software, versions, source or listed. A version may stand in one line of a
// metric only. There may be 1000 versions, 60 sources, 64 KiB a line and
// 32 MiB in all.
package catalogue
