package expfmt

import (
	"strings"
	"testing"
)

const (
	typeText        = "text/plain; version=0.0.4; charset=utf-8"
	typeOpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
	typeProtobuf    = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)

var detectCases = []struct {
	name, reason      string
	contentType, head string
	want              Content
}{
	{"text", "the ordinary case", typeText, "# HELP a b\na 1\n", Content{Format: FormatText}},
	{"text without type", "a saved file has no header", "", "a 1\n", Content{Format: FormatText}},
	{"empty", "a scrape without samples", "", "", Content{Format: FormatText}},
	{"unknown type", "the bytes speak", "garbage;;", "a 1\n", Content{Format: FormatText}},
	{"openmetrics", "by its type", typeOpenMetrics, "a 1\n", Content{Format: FormatOpenMetrics}},
	{"openmetrics by eof", "a saved file", "", "a 1\n# EOF\n", Content{Format: FormatOpenMetrics}},
	{"unit in text", "a UNIT line alone outvotes nothing", "", "# UNIT a_s s\na_s 1\n", Content{Format: FormatText}},
	{"eof behind milliseconds", "in OpenMetrics they would be the year 54848", "", "a 1 1668684543123\n# EOF\n", Content{Format: FormatText}},
	{"eof behind seconds", "with a point, as OpenMetrics has them", "", "a 1 1668684543.123\nb 2 1668684543\n# EOF\n", Content{Format: FormatOpenMetrics}},
	{"eof behind a large value", "it is no timestamp", "", "a 1668684543123\n# EOF\n", Content{Format: FormatOpenMetrics}},
	{"eof behind a blank line", "OpenMetrics has none", "", "a 1\n\n# EOF\n", Content{Format: FormatText}},
	{"eof before a blank line", "nothing follows it in OpenMetrics", "", "a 1\n# EOF\n\n", Content{Format: FormatText}},
	{"eof before more", "of merged sidecars", "", "a 1\n# EOF\nb 1\n# EOF\n", Content{Format: FormatText}},
	{"eof that ends a longer line", "a comment of text", "", "a 1\nx # EOF\n", Content{Format: FormatText}},
	{"eof without its end", "of a cut or trimmed file", "", "a 1\n# EOF", Content{Format: FormatOpenMetrics}},
	{"eof in text", "text that is declared stays text", typeText, "a 1\n# EOF\n", Content{Format: FormatText}},
	{"openmetrics 2", "named and refused", "application/openmetrics-text; version=2.0.0", "a 1\n", Content{Not: "OpenMetrics 2.0, which is not read"}},
	{"protobuf", "by its type", typeProtobuf, "", Content{Format: FormatProtobuf}},
	{"protobuf by bytes", "a saved file", "", "\x18\n\x06up_all\x12\x01x\x18\x01\"\x09\x1a\x07\x11xxxxxx", Content{Format: FormatProtobuf}},
	{"protobuf as text", "named and refused", "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text", "name: \"a\"", Content{Not: "protobuf in the encoding text, which is not read: delimited is"}},
	{"other protobuf", "named and refused", "application/vnd.google.protobuf; proto=a.B; encoding=delimited", "\x00", Content{Not: "protobuf of the message type a.B, which is not read"}},
	{"protobuf without parameters", "Prometheus does not look at them", "application/vnd.google.protobuf", "\x00", Content{Format: FormatProtobuf}},
	{"html declared as protobuf", "the bytes go before the type", typeProtobuf, "<html><title>502 Bad Gateway</title>", Content{Not: "an HTML page: 502 Bad Gateway"}},
	{"protobuf of a long name", "its length takes two bytes", "", "\x86\x02\n\xc8\x01" + strings.Repeat("n", 200) + "\x12\x01x", Content{Format: FormatProtobuf}},
	{"protobuf of a dotted name", "UTF-8 names are names", "", "\x12\n\x0dhttp.requests\x18\x00", Content{Format: FormatProtobuf}},
	{"protobuf whose name is longer than it", "a text that looks like a length and a tag", "", "\x05\n\x7fabc", Content{Format: FormatText}},
	{"newlines are no protobuf", "a length of ten and a tag look alike", "", "\n\n\na 1\n", Content{Format: FormatText}},
	{"gzip", "before anything else", typeText, "\x1f\x8b\x08\x00", Content{Format: FormatText, Compression: "gzip"}},
	{"zstd", "by its magic number", "", "\x28\xb5\x2f\xfd\x00", Content{Compression: "zstd"}},
	{"snappy", "the framed format", "", "\xff\x06\x00\x00sNaPpY\x01", Content{Compression: "snappy"}},
	{"bom", "Reader reads it with a warning", "", "\xef\xbb\xbfa 1\n", Content{Format: FormatText}},
	{"utf16", "a Reader reads it with a warning", "", "\xff\xfea\x00 \x001\x00", Content{Format: FormatText, Encoding: "UTF-16LE"}},
	{"utf16 be", "the other order, cut within a character", "", "\xfe\xff\x00a\x00", Content{Format: FormatText, Encoding: "UTF-16BE"}},
	{"utf16 openmetrics", "looked through", "", utf16Text("a 1\n# EOF\n", little, bare), Content{Format: FormatOpenMetrics, Encoding: "UTF-16LE"}},
	{"utf16 html", "looked through", "", utf16Text("<html><title>404</title>", big, marked), Content{Encoding: "UTF-16BE", Not: "an HTML page: 404"}},
	{"utf16 declared as protobuf", "nothing that a Reader transcodes", typeProtobuf, "\xff\xfea\x00", Content{Format: FormatProtobuf}},
	{"curl -i", "the headers say the format", "", "HTTP/1.1 200 OK\r\nCONTENT-TYPE: " + typeOpenMetrics + "\r\n\r\na 1\n", Content{Format: FormatOpenMetrics}},
	{"curl -i with a type given", "what is given goes before", typeText, "HTTP/1.1 200 OK\nContent-Type: " + typeOpenMetrics + "\n\na 1\n", Content{Format: FormatText}},
	{"curl -iL", "the last block counts", "", "HTTP/1.1 302 Found\nLocation: x\n\nHTTP/2 200\nserver: y\n\na 1\n", Content{Format: FormatText}},
	{"curl -i of an error", "the status says it all", "", "HTTP/1.1 403 Forbidden\r\nServer: x\r\n\r\na 1\n", Content{Not: "the answer of an HTTP server: 403 Forbidden"}},
	{"curl -i of a page", "a login page is answered with 200", "", "HTTP/1.1 200 OK\n\n<html><title>Login</title>", Content{Not: "an HTML page: Login"}},
	{"curl -i of gzip", "with --header Accept-Encoding", "", "HTTP/1.1 200 OK\nContent-Type: text/plain\n\n\x1f\x8b\x08\x00", Content{Format: FormatText, Compression: "gzip"}},
	{"headers that do not end", "the head is too short", "", "HTTP/1.1 200 OK\nServer: x\n", Content{Format: FormatText}},
	{"kubectl forbidden", "kubectl get --raw", "", "Error from server (Forbidden): nodes \"a\" is forbidden: User \"x\" cannot get\n", Content{Not: "a message of kubectl: Error from server (Forbidden): nodes \"a\" is forbidden: User \"x\" cannot get"}},
	{"kubectl not found", "an older server without the path", typeText, "Error from server (NotFound): the server could not find the requested resource\n", Content{Not: "a message of kubectl: Error from server (NotFound): the server could not find the requested resource"}},
	{"kubectl error", "usage, credentials, exec", "", "error: You must be logged in to the server (Unauthorized)\n", Content{Not: "a message of kubectl: error: You must be logged in to the server (Unauthorized)"}},
	{"kubectl refused", "no server", "", "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n", Content{Not: "a message of kubectl: The connection to the server localhost:8080 was refused - did you specify the ri…"}},
	{"kubectl unable", "no route", "", "Unable to connect to the server: dial tcp: i/o timeout", Content{Not: "a message of kubectl: Unable to connect to the server: dial tcp: i/o timeout"}},
	{"curl", "2>&1", "", "curl: (7) Failed to connect to 127.0.0.1 port 10249: Connection refused\n", Content{Not: "a message of curl: curl: (7) Failed to connect to 127.0.0.1 port 10249: Connection refused"}},
	{"curl with its meter", "without -s", "", "  % Total    % Received % Xferd  Average Speed\n                                 Dload  Upload\n\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\rcurl: (7) Failed to connect\n", Content{Not: "a message of curl: curl: (7) Failed to connect"}},
	{"curl with the meter of a whole line", "curl ends the meter before it speaks", "", "  % Total    % Received\n  0     0\r  0     0\ncurl: (28) Operation timed out\n", Content{Not: "a message of curl: curl: (28) Operation timed out"}},
	{"curl after an exposition", "what came is read", "", "a 1\ncurl: (18) transfer closed\n", Content{Format: FormatText}},
	{"a message before an exposition", "what came is read", "", "error: no such thing\n# HELP a b\na 1\n", Content{Format: FormatText}},
	{"a metric called error:", "the colon is a part of its name", "", "error: 5 1795244469930\n", Content{Format: FormatText}},
	{"a metric called Forbidden", "a name as any other", "", "Forbidden 5\nForbidden{a=\"b\"} 1\n", Content{Format: FormatText}},
	{"a metric called Unauthorized_total", "a longer name", "", "Unauthorized_total NaN\n", Content{Format: FormatText}},
	{"go's not found", "another path", typeText, "404 page not found\n", Content{Not: "a message of a program: 404 page not found"}},
	{"unauthorized", "kubelet without a token", "", "Unauthorized", Content{Not: "a message of a program: Unauthorized"}},
	{"a message with escapes", "nothing reaches a terminal", "", "error: \x1b[31m\u202ered x\n", Content{Not: "a message of kubectl: error: [31m red x"}},
	{"zstd skippable", "zstd -T0 and others write one first", "", "\x50\x2a\x4d\x18\x01\x00\x00\x00x", Content{Compression: "zstd"}},
	{"png", "a directory of pictures", "", "\x89PNG\r\n\x1a\n\x00", Content{Not: "a PNG picture"}},
	{"html", "what nginx says", typeText, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>", Content{Not: "an HTML page: 502 Bad Gateway"}},
	{"html with attributes", "titles have entities and lines", "text/html", "<!DOCTYPE html>\n<html><head><TITLE lang=en>\n 404\tNot <b>Found</b> \n</TITLE>", Content{Not: "an HTML page: 404 Not Found"}},
	{"html by heading", "no title", "", "<html><body><h1>Metrics</h1>", Content{Not: "an HTML page: Metrics"}},
	{"html without words", "nothing to quote", "", "<html><title></title>", Content{Not: "an HTML page"}},
	{"html cut", "the title does not end", "", "<html><title>40", Content{Not: "an HTML page"}},
	{"html with escapes", "nothing reaches a terminal", "", "<html><title>\x1b[31m\u202e\x00x</title>", Content{Not: "an HTML page: [31m x"}},
	{"html of other letters", "a lower case of another size", "", "<html>İ<title>Not Found</title>", Content{Not: "an HTML page: not found"}},
	{"long title", "cut to 80 runes", "", "<html><title>" + strings.Repeat("ü", 100) + "</title>", Content{Not: "an HTML page: " + strings.Repeat("ü", 80) + "…"}},
	{"tag cut", "the tag does not end", "", "<html><title", Content{Not: "an HTML page"}},
	{"go's listing", "http.FileServer", "", "<pre>\n<a href=\"x\">x</a>\n</pre>\n<a href=\"y\">", Content{Format: FormatText}},
	{"link", "what Go's redirect says", "", "<a href=\"/login\">Found</a>.", Content{Not: "an HTML page"}},
	{"xml", "an S3 error", "", "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code>", Content{Not: "an XML document"}},
	{"status", "what kube-apiserver says", typeText, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":"Forbidden","code":403}`, Content{Not: "a Kubernetes Status object: 403 Forbidden"}},
	{"status with a reason alone", "no code", "", `{"kind":"Status","reason":"NotFound"}`, Content{Not: "a Kubernetes Status object: NotFound"}},
	{"json cut in its name", "too little to say what it is", "", `{"ki`, Content{Format: FormatText}},
	{"status cut", "the head is only a part", "", `{"kind":"Status","apiVersion":"v1","message":"fo`, Content{Not: "a Kubernetes Status object"}},
	{"kubernetes object", "kubectl get -o json", "", `{"kind":"PodList","apiVersion":"v1","items":[]}`, Content{Not: "a Kubernetes object: PodList"}},
	{"json with error", "what many programs say", "application/json", ` {"error":"not\nfound"}`, Content{Not: "a JSON document: not found"}},
	{"json with message", "another spelling", "", `{"message":"nope"}`, Content{Not: "a JSON document: nope"}},
	{"json of other types", "a field that is no string", "", `{"error":{"a":1}}`, Content{Not: "a JSON document"}},
	{"go-metrics", "what Consul answers without format=prometheus", "application/json", `{"Timestamp":"2024-05-01 10:00:00 +0000 UTC","Gauges":[{"Name":"consul.up","Value":1}],"Points":[],"Counters":[],"Samples":[]}`, Content{Not: "a JSON document: metrics of hashicorp/go-metrics, which have no Prometheus form (Consul, Nomad and Vault give one with ?format=prometheus)"}},
	{"expvar", "/debug/vars of a Go program", "", `{"cmdline":["a"],"memstats":{"Alloc":1}}`, Content{Not: "a JSON document: variables of Go's expvar, which have no types and no labels"}},
	{"an answer of the query API", "no scrape", "", `{"status":"success","data":{"resultType":"vector","result":[]}}`, Content{Not: "a JSON document: an answer of the query API of Prometheus"}},
	{"xz", "by its magic number", "", "\xfd7zXZ\x00\x00\x04", Content{Compression: "xz"}},
	{"bzip2", "by its magic number", "", "BZh91AY&SY", Content{Compression: "bzip2"}},
	{"json array", "a list", "", "[1,2", Content{Not: "a JSON document"}},
	{"quoted name", "a line of text 1.0.0 begins as JSON does", "", `{"a.b",c="d"} 1`, Content{Format: FormatText}},
	{"braces", "no name, but text", "", `{a="b"} 1`, Content{Format: FormatText}},
	{"tar", "an archive", "", strings.Repeat("\x00", 257) + "ustar\x00", Content{Not: "a tar archive"}},
	{"unknown markup", "a line that no one can read", "", "<error> 5", Content{Format: FormatText}},
}

func TestDetect(t *testing.T) {
	for _, tc := range detectCases {
		if got := Detect(tc.contentType, []byte(tc.head)); got != tc.want {
			t.Errorf("%s (%s): %q is %+v, want %+v", tc.name, tc.reason, tc.head, got, tc.want)
		}
	}
}

func TestNames(t *testing.T) {
	for f, want := range map[Format]string{FormatUnknown: "unknown", FormatText: "text", FormatOpenMetrics: "openmetrics", FormatProtobuf: "protobuf", 99: "unknown"} {
		if f.String() != want {
			t.Errorf("%d is %s", f, f)
		}
	}
	for ty, want := range map[Type]string{TypeUnknown: "unknown", TypeGaugeHistogram: "gaugehistogram", TypeStateSet: "stateset", 99: "unknown"} {
		if ty.String() != want {
			t.Errorf("%d is %s", ty, ty)
		}
	}
}
