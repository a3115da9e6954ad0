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
	{"openmetrics by unit", "the head of a saved file", "", "# UNIT a_s s\na_s 1\n", Content{Format: FormatOpenMetrics}},
	{"eof in text", "text that is declared stays text", typeText, "a 1\n# EOF\n", Content{Format: FormatText}},
	{"openmetrics 2", "named and refused", "application/openmetrics-text; version=2.0.0", "a 1\n", Content{Not: "OpenMetrics 2.0, which is not read"}},
	{"protobuf", "by its type", typeProtobuf, "", Content{Format: FormatProtobuf}},
	{"protobuf by bytes", "a saved file", "", "\x18\n\x06up_all\x12\x01x\x18\x01\"\x09\x1a\x07\x11xxxxxx", Content{Format: FormatProtobuf}},
	{"protobuf as text", "named and refused", "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text", "name: \"a\"", Content{Not: "protobuf in the encoding text, which is not read: delimited is"}},
	{"other protobuf", "named and refused", "application/vnd.google.protobuf; proto=a.B; encoding=delimited", "\x00", Content{Not: "protobuf of the message type a.B, which is not read"}},
	{"protobuf without parameters", "Prometheus does not look at them", "application/vnd.google.protobuf", "\x00", Content{Format: FormatProtobuf}},
	{"html declared as protobuf", "the bytes go before the type", typeProtobuf, "<html><title>502 Bad Gateway</title>", Content{Not: "an HTML page: 502 Bad Gateway"}},
	{"newlines are no protobuf", "a length of ten and a tag look alike", "", "\n\n\na 1\n", Content{Format: FormatText}},
	{"gzip", "before anything else", typeText, "\x1f\x8b\x08\x00", Content{Format: FormatText, Compression: "gzip"}},
	{"zstd", "", "", "\x28\xb5\x2f\xfd\x00", Content{Compression: "zstd"}},
	{"snappy", "the framed format", "", "\xff\x06\x00\x00sNaPpY\x01", Content{Compression: "snappy"}},
	{"bom", "Reader reads it with a warning", "", "\xef\xbb\xbfa 1\n", Content{Format: FormatText}},
	{"utf16", "a file saved by an editor", "", "\xff\xfea\x00 \x001\x00", Content{Not: "UTF-16 text"}},
	{"utf16 be", "the other order", "", "\xfe\xff\x00a", Content{Not: "UTF-16 text"}},
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
