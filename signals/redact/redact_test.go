package redact

import (
	"bytes"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/scrapebook/scrapebook/expfmt"
)

// redacted is the text after both passes.
func redacted(t testing.TB, text string, more, keep []string) string {
	t.Helper()
	r := newRedactor(more, keep)
	_, err := r.body([]byte(text), "")
	require.NoError(t, err)
	r.endLearning()
	out, err := r.body([]byte(text), "")
	require.NoError(t, err)
	return string(out)
}

func TestForms(t *testing.T) {
	tests := []struct{ name, label, was, want string }{
		{"a host", "node", "db7", "host-1"},
		{"a host with its port", "instance", "db7.example:9100", "host-1:9100"},
		{"an address, whatever the label", "x", "10.1.2.3", "198.18.0.1"},
		{"an address with its port", "x", "10.1.2.3:443", "198.18.0.1:443"},
		{"a network", "x", "10.1.0.0/16", "198.18.0.1/16"},
		{"an address of IPv6", "x", "fd00::7", "2001:db8::1"},
		{"an address of IPv6 with its port", "x", "[fd00::7]:80", "[2001:db8::1]:80"},
		{"a hardware address", "x", "52:54:00:ab:cd:ef", "02:00:00:00:00:01"},
		{"a URL", "x", "https://db7:8443/a/b", "https://host-1:8443/path-1"},
		{"a URL that is none", "url", "https://XXXX/%7Bprefix%7D", "https://host-1/path-1"},
		{"a URL with a user and a query", "x", "http://me:pw@10.1.2.3/?q=1", "http://user-1@198.18.0.1/path-1"},
		{"a URL alone", "x", "http://10.1.2.3", "http://198.18.0.1"},
		{"a mail address", "x", "to me@example.org", "to user-1"},
		{"a home directory", "mountpoint", "/home/alice/x", "/home/user-1/x"},
		{"a name of a private network", "x", "db7.prod.internal", "host-1"},
		{"a user", "user", "alice", "user-1"},
		{"a pod", "pod", "kube-proxy-x7f2k", "pod-1"},
		{"an address within text", "x", "dial 10.1.2.3: refused", "dial 198.18.0.1: refused"},
		{"loopback is nobody's", "instance", "127.0.0.1:9100", "127.0.0.1:9100"},
		{"neither is localhost", "host", "localhost", "localhost"},
		{"a version", "version", "v1.36.3", "v1.36.3"},
		{"a version of four parts", "version", "1.2.3.400", "1.2.3.400"},
		{"an API group", "group", "coordination.k8s.io", "coordination.k8s.io"},
		{"a bound", "le", "0.005", "0.005"},
		{"nothing", "host", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, "m{"+tt.label+`="`+tt.want+`"} 1`+"\n", redacted(t, "m{"+tt.label+`="`+tt.was+`"} 1`+"\n", nil, nil))
		})
	}
}

// What stands around the names stays byte for byte.
func TestText(t *testing.T) {
	const text = "# HELP m of db-7 and etcd\n# TYPE m gauge\r\n  m { host = \"db-7\" , a=\"x\\\\y\", node=\"a\\\"\\n\" ,} 1.50  1000\n" +
		"m{x=\"db-7-etcd\",server=\"etcd\",y=\"etcd\"} +Inf # {host=\"db-7\"} 1\n\nm{host=\"two\nlines\"} 1\n" +
		"{\"q.m\",\"host\"=\"db-7\"} 3\nm{host=\"never ends 10.1.2.3\nlast 10.1.2.3 1"
	const want = "# HELP m of host-1 and etcd\n# TYPE m gauge\r\n  m { host = \"host-1\" , a=\"x\\\\y\", node=\"host-2\" ,} 1.50  1000\n" +
		"m{x=\"host-1-etcd\",server=\"host-3\",y=\"etcd\"} +Inf # {host=\"host-1\"} 1\n\nm{host=\"host-4\"} 1\n" +
		"{\"q.m\",\"host\"=\"host-1\"} 3\nm{host=\"never ends 198.18.0.1\nlast 198.18.0.1 1"
	require.Equal(t, want, redacted(t, text, nil, nil))
}

// A host may be called as a metric is, which keeps its name.
func TestMetricsKeepTheirNames(t *testing.T) {
	const text = "# HELP node_load1 Of node_load1.\n# TYPE node_load1 gauge\nnode_load1 0.5\nnode_load1{host=\"node_load1\"} 1\nnode_load1 is down\n"
	const want = "# HELP node_load1 Of host-1.\n# TYPE node_load1 gauge\nnode_load1 0.5\nnode_load1{host=\"host-1\"} 1\nhost-1 is down\n"
	require.Equal(t, want, redacted(t, text, nil, nil))
}

func TestOptions(t *testing.T) {
	const text = "m{host=\"a-1\",tenant=\"acme\",x=\"acme\"} 1\n"
	require.Equal(t, "m{host=\"host-1\",tenant=\"name-1\",x=\"acme\"} 1\n", redacted(t, text, []string{"tenant"}, nil))
	require.Equal(t, text, redacted(t, text, nil, []string{"host"}))
}

// A capture may have hosts that are called as those that stand for others.
func TestStandInsAreNotNames(t *testing.T) {
	require.Equal(t, "m{host=\"host-2\",node=\"host-3\",x=\"198.18.0.2\",y=\"198.18.0.3\"} 1\n",
		redacted(t, "m{host=\"alpha\",node=\"host-1\",x=\"10.0.0.9\",y=\"198.18.0.1\"} 1\n", nil, nil))
}

func TestPages(t *testing.T) {
	require.Equal(t, "<html>198.18.0.1 refused</html>", redacted(t, "<html>10.1.2.3 refused</html>", nil, nil))
}

// PowerShell's > writes UTF-16, in which no name is found byte by byte.
func TestUTF16(t *testing.T) {
	const in = "m{node=\"db-7\"} 1\n"
	for name, tc := range map[string]struct {
		order unicode.Endianness
		mark  unicode.BOMPolicy
	}{
		"little, with a mark": {unicode.LittleEndian, unicode.UseBOM},
		"big, with a mark":    {unicode.BigEndian, unicode.UseBOM},
		"little, without":     {unicode.LittleEndian, unicode.IgnoreBOM},
		"big, without":        {unicode.BigEndian, unicode.IgnoreBOM},
	} {
		text, err := unicode.UTF16(tc.order, tc.mark).NewEncoder().String(in)
		require.NoError(t, err)
		require.Equal(t, "m{node=\"host-1\"} 1\n", redacted(t, text, nil, nil), name)
	}
}

// Users are numbers often enough, and the same number stands for something else
// in a bound, a value or a time.
func TestNumbersStay(t *testing.T) {
	const rest = "h_bucket{le=\"1000\"} 1000 1795244500\n# HELP h above 1000\n"
	require.Equal(t, "m{user=\"user-1\"} 1\nm{user=\"user-2\"} 1\n"+rest, redacted(t, "m{user=\"1000\"} 1\nm{user=\"1795244500\"} 1\n"+rest, nil, nil))
}

func TestShortNamesInText(t *testing.T) {
	require.Equal(t, "m{host=\"host-1\"} 1\n# no answer of host-1:80\n", redacted(t, "m{host=\"db1\"} 1\n# no answer of db1:80\n", nil, nil))
}

func TestHeadersOfASavedResponse(t *testing.T) {
	const in = "HTTP/1.1 200 OK\r\nSet-Cookie: sid=s3cret\r\nContent-Type: text/plain\r\nX-Backend: web-7\r\n\r\nm{host=\"db-1\"} 1\n"
	const want = "HTTP/1.1 200 OK\r\nSet-Cookie: redacted\r\nContent-Type: text/plain\r\nX-Backend: redacted\r\n\r\nm{host=\"host-1\"} 1\n"
	require.Equal(t, want, redacted(t, in, nil, nil))
}

func TestCompressedIsNotHandedOn(t *testing.T) {
	_, err := newRedactor(nil, nil).body([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), "text/plain")
	require.ErrorContains(t, err, "gzip")
}

func TestUnknownFieldsOfProtobufAreNotHandedOn(t *testing.T) {
	f := &dto.MetricFamily{Name: proto.String("m"), Type: dto.MetricType_GAUGE.Enum()}
	f.ProtoReflect().SetUnknown(protowire.AppendString(protowire.AppendTag(nil, 99, protowire.BytesType), "db-7"))
	var in bytes.Buffer
	_, err := protodelim.MarshalTo(&in, f)
	require.NoError(t, err)
	require.Contains(t, in.String(), "db-7")
	out, err := newRedactor(nil, nil).body(in.Bytes(), "application/vnd.google.protobuf")
	require.NoError(t, err)
	require.NotContains(t, string(out), "db-7")
}

func TestProtobuf(t *testing.T) {
	pair := func(n, v string) *dto.LabelPair { return &dto.LabelPair{Name: proto.String(n), Value: proto.String(v)} }
	f := &dto.MetricFamily{
		Name: proto.String("m"), Help: proto.String("of 10.1.2.3"), Type: dto.MetricType_HISTOGRAM.Enum(),
		Metric: []*dto.Metric{{Label: []*dto.LabelPair{pair("host", "a"), pair("x", "y")}, Histogram: &dto.Histogram{
			SampleCount: proto.Uint64(1), Bucket: []*dto.Bucket{{
				UpperBound: proto.Float64(1), CumulativeCount: proto.Uint64(1), Exemplar: &dto.Exemplar{Label: []*dto.LabelPair{pair("pod", "p")}, Value: proto.Float64(1)},
			}},
		}}},
	}
	var in bytes.Buffer
	_, err := protodelim.MarshalTo(&in, f)
	require.NoError(t, err)
	r := newRedactor(nil, nil)
	out, err := r.body(in.Bytes(), "application/vnd.google.protobuf")
	require.NoError(t, err)
	s, err := expfmt.Read(bytes.NewReader(out), expfmt.Options{Format: expfmt.FormatProtobuf})
	require.NoError(t, err)
	require.Empty(t, s.Problems)
	m := s.Family("m")
	require.Equal(t, "of 198.18.0.1", m.Help)
	host, _ := m.Samples[0].Labels.Get("host")
	require.Equal(t, "host-1", host)
	for _, x := range m.Samples {
		if x.Exemplar != nil {
			require.Equal(t, expfmt.Labels{{Name: "pod", Value: "pod-1"}}, x.Exemplar.Labels)
			_, err = r.body(in.Bytes()[:in.Len()-3], "application/vnd.google.protobuf")
			require.Error(t, err, "what cannot be read is not handed on")
			return
		}
	}
	t.Error("the exemplar is lost")
}

// Whatever the bytes are, a name that was learnt is not in what comes out.
func FuzzBody(f *testing.F) {
	f.Add("m{host=\"db-77\"} 1\n# db-77\nm{x=\"on db-77\"} db-77\n")
	f.Add("\"\\\n{host=\"")
	f.Add("\xff\xfem\x00{\x00")
	f.Fuzz(func(t *testing.T, text string) {
		text = "m{host=\"db-77.x\"} 1\n# db-77.x\n" + text
		r := newRedactor(nil, nil)
		if _, err := r.body([]byte(text), "text/plain"); err != nil {
			t.Skip()
		}
		r.endLearning()
		out, err := r.body([]byte(text), "text/plain")
		if err != nil {
			t.Fatal(err)
		}
		if head, _, _ := strings.Cut(string(out), "# "); strings.Contains(head, "db-77.x") && !strings.HasPrefix(text, "<") {
			t.Fatalf("%q", out)
		}
		if strings.Count(string(out), "\n") < strings.Count(text, "\n")-strings.Count(text, "\"") {
			t.Fatalf("lines are lost: %q became %q", text, out)
		}
	})
}
