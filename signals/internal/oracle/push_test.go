package oracle

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	storageremote "github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/teststorage"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/push"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// pushed pushes a capture through Prometheus' own receiver into a head, and
// compares what is there with what a replay of it holds.
func pushed(t *testing.T, c *capture.Capture, p push.Protocol, batch int) error {
	t.Helper()
	db := teststorage.New(t)
	defer db.Close()
	handler := storageremote.NewWriteHandler(slog.New(slog.DiscardHandler), prometheus.NewRegistry(), db,
		remote.MessageTypes{remote.WriteV1MessageType, remote.WriteV2MessageType}, false, false)
	s := httptest.NewServer(handler)
	defer s.Close()
	res, err := push.Run(context.Background(), push.Options{URL: s.URL, Protocol: p, Batch: batch, Replay: replay.Options{Capture: c}})
	if err != nil {
		return err
	}
	if res.Protocol != p || res.Refused+res.Known != 0 || res.Retries != 0 {
		return fmt.Errorf("it went otherwise: %+v", res)
	}
	loaded, err := replay.Load(context.Background(), replay.Options{Capture: c})
	if err != nil {
		return err
	}
	want, got := samplesIn(t, loaded), samplesIn(t, db)
	n := 0
	for name, list := range want {
		n += len(list)
		if fmt.Sprint(list) != fmt.Sprint(got[name]) {
			return fmt.Errorf("%s:\nreplay %v\nstored %v", name, list, got[name])
		}
	}
	if len(got) != len(want) || int64(n) != res.Written {
		return fmt.Errorf("%d series of %d are stored, %d samples of %d", len(got), len(want), res.Written, n)
	}
	return nil
}

// samplesIn are all samples of a store, bit for bit.
func samplesIn(t *testing.T, q storage.Queryable) map[string][]string {
	t.Helper()
	querier, err := q.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer querier.Close()
	out := map[string][]string{}
	set := querier.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+"))
	for set.Next() {
		name := set.At().Labels().String()
		it := set.At().Iterator(nil)
		for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
			text := ""
			switch kind {
			case chunkenc.ValFloat:
				ts, v := it.At()
				text = fmt.Sprintf("%d %x", ts, math.Float64bits(v))
			case chunkenc.ValHistogram:
				ts, h := it.AtHistogram(nil)
				text = fmt.Sprintf("%d %x %s", ts, math.Float64bits(h.Sum), h)
			case chunkenc.ValFloatHistogram:
				ts, h := it.AtFloatHistogram(nil)
				text = fmt.Sprintf("%d float %x %s", ts, math.Float64bits(h.Sum), h)
			}
			out[name] = append(out[name], text)
		}
	}
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPushIntoHead pushes a real capture through the receiver of Prometheus
// itself, in both versions.
func TestPushIntoHead(t *testing.T) {
	for _, p := range []push.Protocol{push.Version1, push.Version2} {
		fsys, err := fixtures.FS("incident")
		if err != nil {
			t.Fatal(err)
		}
		c, err := capture.Open(fsys, "incident", capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := pushed(t, c, p, 0); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
}

// TestPushDrawn does so with made-up captures, native histograms in protobuf
// and failures among them.
func TestPushDrawn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		files := fstest.MapFS{"capture.yaml": {Data: []byte("scrape_native_histograms: true\n")}}
		proto := rapid.Bool().Draw(rt, "proto")
		var families []*protoFamily
		for range rapid.IntRange(1, 3).Draw(rt, "families") {
			families = append(families, drawProtoFamily(drawer{rt}, false))
		}
		values := rapid.SampledFrom([]string{"0", "-0", "1", "1e300", "NaN", "+Inf", "-Inf", "0.1", "-5e-324"})
		for target := range rapid.IntRange(1, 3).Draw(rt, "targets") {
			for i := range rapid.IntRange(1, 12).Draw(rt, "scrapes") {
				at := epoch + int64(i)*10_000 + int64(target)
				name := fmt.Sprintf("j/node-%c/%d", 'a'+target, at)
				if rapid.IntRange(0, 8).Draw(rt, "fails") == 0 {
					files[name+".err"] = &fstest.MapFile{Data: []byte("refused\n")}
					continue
				}
				if proto {
					files[name+".prom"] = &fstest.MapFile{Data: []byte(protoBody(families, target, i, at))}
					files[name+".headers"] = &fstest.MapFile{Data: []byte("HTTP/1.1 200 OK\nContent-Type: application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited\n")}
					continue
				}
				body := ""
				for m := range rapid.IntRange(1, 4).Draw(rt, "metrics") {
					body += fmt.Sprintf("m%d{l=\"%d\"} %s\n", m, rapid.IntRange(0, 2).Draw(rt, "l"), values.Draw(rt, "v"))
				}
				files[name+".prom"] = &fstest.MapFile{Data: []byte(body)}
			}
		}
		c, err := capture.Open(files, "drawn", capture.Options{})
		if err != nil {
			rt.Skip(err)
		}
		p := rapid.SampledFrom([]push.Protocol{push.Version1, push.Version2}).Draw(rt, "protocol")
		if err := pushed(t, c, p, rapid.IntRange(1, 30).Draw(rt, "batch")); err != nil {
			rt.Fatal(err)
		}
	})
}
