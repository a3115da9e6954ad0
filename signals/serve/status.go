package serve

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/signals/query"
)

// The version of Prometheus whose API and engine these are: v0.316.0 of its
// module.
const prometheusVersion = "3.16.0"

func (h *Handler) buildInfo(*request) (answer, *failure) {
	return answer{data: map[string]string{
		"version": prometheusVersion, "revision": "", "branch": "scrapebook", "buildUser": "", "buildDate": "", "goVersion": runtime.Version(),
	}}, nil
}

// runtimeInfo is this process'. Of its environment nothing is told: neither
// where it runs nor what the machine is called.
func (h *Handler) runtimeInfo(r *request) (answer, *failure) {
	return answer{data: object{
		"startTime": h.started.UTC(), "CWD": "", "hostname": "", "serverTime": r.toClient(h.present(r)),
		"reloadConfigSuccess": true, "lastConfigTime": r.book.read.UTC(), "corruptionCount": 0,
		"goroutineCount": runtime.NumGoroutine(), "GOMAXPROCS": runtime.GOMAXPROCS(0),
		"GOMEMLIMIT": debug.SetMemoryLimit(-1), "GOGC": os.Getenv("GOGC"), "GODEBUG": "",
		"storageRetention": "",
	}}, nil
}

// flags are the settings by the names that a server has for them.
func (h *Handler) flags(r *request) (answer, *failure) {
	flags := map[string]string{
		"query.lookback-delta":  model.Duration(h.lookback()).String(),
		"query.timeout":         model.Duration(h.timeout()).String(),
		"query.max-samples":     strconv.Itoa(h.maxSamples()),
		"query.max-concurrency": strconv.Itoa(h.opts.Concurrency),
		"enable-feature":        strings.Join(h.opts.Replay.Features, ","),
	}
	maps.Copy(flags, h.opts.Settings)
	return answer{data: flags}, nil
}

// config tells what is known of a server's configuration.
func (h *Handler) config(r *request) (answer, *failure) {
	type job struct {
		Name     string `yaml:"job_name"`
		Interval string `yaml:"scrape_interval,omitempty"`
	}
	var cfg struct {
		Global struct {
			Scrape     string            `yaml:"scrape_interval,omitempty"`
			Evaluation string            `yaml:"evaluation_interval"`
			External   map[string]string `yaml:"external_labels,omitempty"`
		} `yaml:"global"`
		RuleFiles []string `yaml:"rule_files,omitempty"`
		Jobs      []job    `yaml:"scrape_configs,omitempty"`
	}
	if i := r.book.capture.Interval; i > 0 {
		cfg.Global.Scrape = model.Duration(i).String()
	}
	cfg.Global.Evaluation = model.Duration(r.book.every).String()
	cfg.Global.External = h.opts.Replay.ExternalLabels.Map()
	for b, g := range r.groups() {
		if !slices.Contains(cfg.RuleFiles, b.file(g)) {
			cfg.RuleFiles = append(cfg.RuleFiles, b.file(g))
		}
	}
	for _, name := range r.pools() {
		one := job{Name: name}
		for _, b := range r.books {
			for _, t := range b.capture.Targets {
				if t.Job == name && t.Interval > 0 {
					one.Interval = model.Duration(t.Interval).String()
				}
			}
		}
		cfg.Jobs = append(cfg.Jobs, one)
	}
	text, err := yaml.Marshal(cfg)
	if err != nil {
		return answer{}, &failure{internal, err}
	}
	return answer{data: map[string]string{"yaml": string(text)}}, nil
}

func (h *Handler) features(r *request) (answer, *failure) {
	all := query.Supported(r.book.setting)
	all["api"] = map[string]bool{
		"exclude_alerts": true, "label_values_match": true, "query_stats": true, "query_warnings": true, "time_range_labels": true, "time_range_series": true,
		"admin": false, "lifecycle": false, "otlp_write_receiver": false, "query_cost": false, "remote_write_receiver": false, "search": false,
	}
	return answer{data: all}, nil
}

func (h *Handler) walReplay(*request) (answer, *failure) {
	return answer{data: map[string]int{"min": 0, "max": 0, "current": 0}}, nil
}

// maxStats is how many rows of tsdb may be asked for (web/api/v1:
// serveTSDBStatus).
const maxStats = 10_000

// stat is a row of tsdb.
type stat struct {
	Name  string `json:"name"`
	Value uint64 `json:"value"`
}

// tsdb counts series and labels as a server counts those of its head. There are
// no chunks: samples are in columns.
func (h *Handler) tsdb(r *request) (answer, *failure) {
	limit := 10
	if text := r.FormValue("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 {
			return answer{}, bad(errors.New("limit must be a positive number"))
		}
		if limit > maxStats {
			return answer{}, bad(fmt.Errorf("limit must not exceed %d", maxStats))
		}
	}
	c := counts{names: map[string]uint64{}, values: map[string]uint64{}, bytes: map[string]uint64{}, pairs: map[string]uint64{}}
	seen := map[labels.Label]uint64{}
	series, first, last := 0, int64(math.MaxInt64), int64(math.MinInt64)
	var warnings []string
	for _, b := range r.books {
		b.index.count(seen)
		series, first, last = series+b.series, min(first, b.first), max(last, b.last)
		warnings = append(warnings, b.index.warnings()...)
	}
	c.add(seen)
	if series > 0 {
		first, last = first+r.shift.Milliseconds(), last+r.shift.Milliseconds()
	}
	return answer{warnings: warnings, data: object{
		"headStats":                   object{"numSeries": series, "numLabelPairs": c.distinct, "chunkCount": 0, "minTime": first, "maxTime": last},
		"seriesCountByMetricName":     top(c.names, limit),
		"labelValueCountByLabelName":  top(c.values, limit),
		"memoryInBytesByLabelName":    top(c.bytes, limit),
		"seriesCountByLabelValuePair": top(c.pairs, limit),
	}}, nil
}

// counts are the cardinalities of all captures.
type counts struct {
	names, values, bytes, pairs map[string]uint64
	distinct                    int // names with their values
}

// count adds how many series have each label.
func (x *index) count(series map[labels.Label]uint64) {
	for i := range x.series {
		x.series[i].labels.Range(func(l labels.Label) { series[l]++ })
	}
}

func (c *counts) add(series map[labels.Label]uint64) {
	c.distinct = len(series)
	for l, n := range series {
		if l.Name == model.MetricNameLabel {
			c.names[l.Value] = n
		}
		c.values[l.Name]++
		c.bytes[l.Name] += labels.SizeOfLabels(l.Name, l.Value, n)
		c.pairs[l.Name+"="+l.Value] += n
	}
}

// top are the largest counts, those with the same in the order of their names.
func top(of map[string]uint64, limit int) []stat {
	out := []stat{}
	for name, n := range of {
		out = append(out, stat{name, n})
	}
	slices.SortFunc(out, func(a, b stat) int { return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Name, b.Name)) })
	return out[:min(limit, len(out))]
}

// seconds since the epoch, for /metrics.
func seconds(t time.Time) float64 { return math.Round(float64(t.UnixMilli())) / 1000 }
