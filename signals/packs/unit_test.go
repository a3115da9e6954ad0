package packs

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

func TestExpandKnowsWhereFrom(t *testing.T) {
	e := expand("a ${x} b ${none} ${yy} c", map[string]string{"x": "12345678", "yy": ""})
	require.Equal(t, "a 12345678 b ${none}  c", e.text)
	tests := []struct {
		after, before string
		name          string
	}{
		{"a", "a", "before all"},
		{"1", "${x}", "the first of a value"},
		{"5", "${x}", "within a value"},
		{"b", "b", "after one"},
		{"${none}", "${none}", "what has no value stays"},
		{"c", "c", "after an empty one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := e.source(strings.Index(e.text, tt.after))
			require.Equal(t, strings.Index("a ${x} b ${none} ${yy} c", tt.before), got)
		})
	}
}

// Whatever way YAML writes a text, a character of it is found in the file.
func TestWithinFindsTheCharacter(t *testing.T) {
	tests := []struct{ name, text, value string }{
		{"plain", "k: abX cd", "abX cd"},
		{"plain over lines", "k: ab\n  cX\n  ef", "ab cX ef"},
		{"single quotes", "k: 'ab '' X'", "ab ' X"},
		{"double quotes", `k: "ab X"`, "ab X"},
		{"literal", "k: |\n    ab\n      cX\n", "ab\n  cX\n"},
		{"literal with an indicator", "k: |2-\n    ab\n      X", "  ab\n    X"},
		{"folded", "k: >-\n  ab\n  cX\n", "ab cX"},
		{"after letters of many bytes", "k: 'äöü X'", "äöü X"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var doc yaml.Node
			require.NoError(t, yaml.Unmarshal([]byte(tt.text), &doc))
			n := doc.Content[0].Content[1]
			require.Equal(t, tt.value, n.Value)
			wantLine, wantColumn := placeOf(tt.text, strings.Index(tt.text, "X"))
			line, column := within(tt.text, n, strings.Index(n.Value, "X"))
			require.Equal(t, [2]int{wantLine, wantColumn}, [2]int{line, column})
		})
	}
	var doc yaml.Node
	text := `k: "a\tb X"`
	require.NoError(t, yaml.Unmarshal([]byte(text), &doc))
	line, column := within(text, doc.Content[0].Content[1], 4)
	require.Equal(t, [2]int{1, 4}, [2]int{line, column}, "past an escape it is where the text begins")
}

func TestPlaceAndOffsetAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("aä\n:"))).Draw(t, "text")
		off := 0
		if len(text) > 0 {
			off = rapid.IntRange(0, len(text)).Draw(t, "offset")
		}
		for off > 0 && off < len(text) && text[off]&0xc0 == 0x80 {
			off-- // within a letter
		}
		line, column := placeOf(text, off)
		if got := offsetAt(text, line, column); got != off {
			t.Fatalf("%q: offset %d is %d:%d, which is offset %d", text, off, line, column, got)
		}
	})
}

func TestNearest(t *testing.T) {
	tests := []struct{ name, word, want string }{
		{"a letter too few", "latncy", "latency"},
		{"two swapped", "trafifc", "traffic"},
		{"nothing alike", "zzz", ""},
		{"empty", "", ""},
		{"hostile length", strings.Repeat("x", 1000), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, similar(tt.word, concerns))
		})
	}
}

func TestLevels(t *testing.T) {
	one, two := 1.0, 2.0
	low := Signal{Good: Low, Warn: &one, Bad: &two}
	high := Signal{Good: High, Warn: &two, Bad: &one}
	tests := []struct {
		name string
		s    Signal
		v    float64
		want Level
	}{
		{"low, below", low, 0.5, Good},
		{"low, at warn: not beyond it", low, 1, Good},
		{"low, above warn", low, 1.5, Warn},
		{"low, at bad", low, 2, Warn},
		{"low, above bad", low, 3, Bad},
		{"low, without end", low, math.Inf(1), Bad},
		{"high, above", high, 3, Good},
		{"high, below warn", high, 1.5, Warn},
		{"high, below bad", high, 0.5, Bad},
		{"NaN is no value", low, math.NaN(), None},
		{"no thresholds", Signal{Good: Low}, 3, None},
		{"bad alone", Signal{Good: Low, Bad: &two}, 1.5, Good},
		{"warn alone", Signal{Good: Low, Warn: &one}, 9, Warn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, tt.s.level(tt.v)) })
	}
}

func TestQuantileTakesApart(t *testing.T) {
	for expr, want := range map[string]quantiled{
		"((histogram_quantile(0.99, sum by (le) (rate(a_bucket[5m])))))":            {0.99, "sum by (le) (rate(a_bucket[5m]))", 300},
		"histogram_quantile(0.9, rate(a[30s]))":                                     {0.9, "rate(a[30s])", 30},
		"histogram_quantile(0.9, sum(sum by (le) ((rate(a[1m])))))":                 {0.9, "sum(sum by (le) ((rate(a[1m]))))", 60},
		"histogram_quantile(0.9, a_bucket)":                                         {0.9, "a_bucket", 1},
		"histogram_quantile(0.9, sum by (le) (increase(a_bucket[5m])))":             {0.9, "sum by (le) (increase(a_bucket[5m]))", 1},
		"histogram_quantile(0.9, avg by (le) (rate(a[5m])))":                        {0.9, "avg by (le) (increase(a[5m]))", 1},
		"histogram_quantile(0.9, sum by (le) (rate(a[5m]) + on (le) rate(b[1m])))":  {0.9, "sum by (le) (increase(a[5m]) + on (le) increase(b[1m]))", 1},
		"histogram_quantile(0.9, sum by (le) (rate(max_over_time(a[5m])[10m:1m])))": {0.9, "sum by (le) (increase(max_over_time(a[5m])[10m:1m]))", 1},
	} {
		require.Equal(t, &want, quantile(expr), expr)
	}
	for _, other := range []string{"a", "histogram_quantile(scalar(b), a_bucket)", "histogram_quantile(0.9, a_bucket) + 1", "rate(a[5m]", "max(histogram_quantile(0.9, a_bucket))"} {
		require.Nil(t, quantile(other), other)
	}
}

// A replay without rules is one of the rules of all packs, less those of the
// packs that do not apply.
func TestReplay(t *testing.T) {
	opts := replay.Options{Capture: one(t, repeat(6, shown+golang+"go_memstats_alloc_bytes 1\n")...)}
	res, err := Replay(context.Background(), opts, nil, nil)
	require.NoError(t, err)
	require.Len(t, res.Applied, 1)
	require.Equal(t, "kube-proxy", res.Applied[0].Name)
	require.Len(t, res.Skipped, 4)
	require.NotEmpty(t, res.Rules)
	for _, r := range res.Rules {
		require.Equal(t, "pack:kube-proxy.yml", r.File)
	}
	require.Len(t, res.Groups, 1)
	require.Nil(t, res.Store, "nobody asked for it")

	opts.Keep, opts.Queries = true, []string{"go_memstats_alloc_bytes"}
	res, err = Replay(context.Background(), opts, nil, nil)
	require.NoError(t, err)
	require.Len(t, opts.Queries, 1, "the caller's own")
	v, err := res.Store.Instant(context.Background(), "sum(go_memstats_alloc_bytes)", res.End)
	require.NoError(t, err)
	require.Equal(t, 1.0, v.Series[0].Floats[0].Value)

	var bad *SetError
	_, err = Replay(context.Background(), opts, nil, map[string]string{"nodes": "many"})
	require.ErrorAs(t, err, &bad)
	opts.Groups = []*rules.Group{}
	_, err = Replay(context.Background(), opts, nil, nil)
	require.ErrorContains(t, err, "must be nil")
}

func TestAllAndFind(t *testing.T) {
	all, err := All()
	require.NoError(t, err)
	entries, err := files.ReadDir(".")
	require.NoError(t, err)
	require.Len(t, all, len(entries), "every file is in the order")
	for _, p := range all {
		same, err := Find(p.Name)
		require.NoError(t, err)
		require.Same(t, p, same)
		require.Equal(t, "pack:"+p.Name+".yml", p.File)
	}
	_, err = Find("kube-prxy")
	require.EqualError(t, err, `there is no pack "kube-prxy": did you mean kube-proxy?`)
	_, err = Find("mainframe")
	require.ErrorContains(t, err, "there are kube-proxy, kube-apiserver, etcd, node, go")
}
