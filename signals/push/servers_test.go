package push_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/push"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// start starts a server of Debian's until the test ends. It is asked at ready
// until it answers.
func start(t *testing.T, name, ready string, args func(address, dir string) []string) (address string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a server")
	}
	program, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing: apt-get install %[1]s", name)
		}
		t.Skipf("%s is not installed", name)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address = l.Addr().String()
	require.NoError(t, l.Close())
	dir := t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, args(address, dir)...)
	cmd.Dir = dir
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })
	for range 300 {
		resp, err := http.Get("http://" + address + ready)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return address
			}
		}
		select {
		case <-ended:
			t.Fatalf("%s has ended:\n%s", name, log.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatalf("%s is not ready:\n%s", name, log.String())
	return ""
}

// A Prometheus has the capture's series, values and markers bit for bit, as
// remote read gives them.
func TestIntoPrometheus(t *testing.T) {
	address := start(t, "prometheus", "/-/ready", func(address, dir string) []string {
		conf := filepath.Join(dir, "prometheus.yml")
		require.NoError(t, os.WriteFile(conf, []byte("storage: {tsdb: {out_of_order_time_window: 3650d}}\n"), 0o600))
		return []string{"--config.file=" + conf, "--storage.tsdb.path=" + filepath.Join(dir, "data"), "--web.listen-address=" + address,
			"--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=100y", "--storage.remote.read-sample-limit=0"}
	})
	opts := push.Options{URL: "http://" + address + "/api/v1/write", Replay: replay.Options{Capture: incident(t)}}
	want := replayed(t, opts.Replay, 0)
	res, err := push.Run(context.Background(), opts)
	require.NoError(t, err)
	require.Equal(t, int64(count(want)), res.Written)
	require.Equal(t, push.Version1, res.Protocol, "2.42 knows no 2.0")
	same(t, want, remoteRead(t, "http://"+address+"/api/v1/read", opts.Replay.Capture.Start, opts.Replay.Capture.End))
}

func remoteRead(t *testing.T, address string, start, end int64) map[string][]string {
	t.Helper()
	req := &prompb.ReadRequest{Queries: []*prompb.Query{{
		StartTimestampMs: start, EndTimestampMs: end,
		Matchers: []*prompb.LabelMatcher{{Type: prompb.LabelMatcher_RE, Name: "__name__", Value: ".+"}},
	}}}
	body, err := req.Marshal()
	require.NoError(t, err)
	resp, err := http.Post(address, "application/x-protobuf", bytes.NewReader(snappy.Encode(nil, body)))
	require.NoError(t, err)
	defer resp.Body.Close()
	packed, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, string(packed))
	body, err = snappy.Decode(nil, packed)
	require.NoError(t, err)
	var answer prompb.ReadResponse
	require.NoError(t, answer.Unmarshal(body))
	out := map[string][]string{}
	b := labels.NewScratchBuilder(0)
	for _, ts := range answer.Results[0].Timeseries {
		name := ts.ToLabels(&b, nil).String()
		for _, s := range ts.Samples {
			out[name] = append(out[name], text(s.Timestamp, s.Value, nil, nil))
		}
	}
	return out
}

// VictoriaMetrics has the same series, times and values, of which it keeps
// some 12 digits, and a marker where there was one, which its export shows as
// any other NaN.
func TestIntoVictoriaMetrics(t *testing.T) {
	address := start(t, "victoria-metrics", "/health", func(address, dir string) []string {
		return []string{"-storageDataPath=" + filepath.Join(dir, "data"), "-httpListenAddr=" + address, "-retentionPeriod=100y", "-search.latencyOffset=0s"}
	})
	opts := push.Options{URL: "http://" + address + "/api/v1/write", Replay: replay.Options{Capture: incident(t)}}
	want := replayed(t, opts.Replay, 0)
	res, err := push.Run(context.Background(), opts)
	require.NoError(t, err)
	require.Equal(t, int64(count(want)), res.Written)
	// What was just written is seen when it is flushed.
	resp, err := http.Get("http://" + address + "/internal/force_flush")
	require.NoError(t, err)
	resp.Body.Close()
	got := exported(t, "http://"+address+"/api/v1/export?"+url.Values{
		"match[]": {`{__name__=~".+"}`}, "start": {fmt.Sprint(opts.Replay.Capture.Start / 1000)},
	}.Encode())
	require.Len(t, got, len(want))
	for name, list := range want {
		require.Len(t, got[name], len(list), name)
		for i, s := range list {
			ts, v := read(t, s)
			gotTS, gotV := read(t, got[name][i])
			require.Equal(t, ts, gotTS, name)
			if v != gotV && !(math.IsNaN(v) && math.IsNaN(gotV)) && !(math.Abs(v-gotV) < 1e-12*math.Abs(v)) {
				t.Fatalf("%s at %d: %v, not %v", name, ts, gotV, v)
			}
		}
	}
}

// read is the opposite of text.
func read(t *testing.T, s string) (ts int64, v float64) {
	t.Helper()
	var bits uint64
	_, err := fmt.Sscanf(s, "%d %x", &ts, &bits)
	require.NoError(t, err)
	return ts, math.Float64frombits(bits)
}

var bareInf = regexp.MustCompile(`([\[,])\+Inf`)

func exported(t *testing.T, address string) map[string][]string {
	t.Helper()
	resp, err := http.Get(address)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	out := map[string][]string{}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var one struct {
			Metric     map[string]string
			Values     []any
			Timestamps []int64
		}
		// 1.79 writes infinity as no JSON has it.
		require.NoError(t, json.Unmarshal(bareInf.ReplaceAll(lines.Bytes(), []byte(`$1"Infinity"`)), &one))
		name := labels.FromMap(one.Metric).String()
		for i, ts := range one.Timestamps {
			v := math.Float64frombits(value.NormalNaN)
			switch x := one.Values[i].(type) {
			case float64:
				v = x
			case string:
				require.Equal(t, "Infinity", x)
				v = math.Inf(1)
			}
			out[name] = append(out[name], text(ts, v, nil, nil))
		}
	}
	require.NoError(t, lines.Err())
	return out
}
