package verdict

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/prometheus/common/model"
)

// A bucketCap is where the buckets of some targets end.
type bucketCap struct {
	bound     float64  // the highest finite one
	instances []string // sorted
	versions  []string // of these, sorted; none where they are not known
}

// caps tells where the buckets of metrics end, target by target; none when it
// is the same everywhere.
func (t *trace) caps(metrics []string) []bucketCap {
	type target struct{ job, instance string }
	bounds := map[target][]float64{}
	for _, text := range t.run.series.order {
		sel := t.run.series.by[text]
		if name, _ := nameOf(sel.matchers); !slices.Contains(metrics, name) || sel.more > 0 {
			continue
		}
		for _, l := range sel.lives {
			of := target{l.labels.Get(model.JobLabel), l.labels.Get(model.InstanceLabel)}
			if v, err := strconv.ParseFloat(l.labels.Get(model.BucketLabel), 64); err == nil && !math.IsInf(v, 0) && !slices.Contains(bounds[of], v) {
				bounds[of] = append(bounds[of], v)
			}
		}
	}
	var list []bucketCap
	for of, bs := range bounds {
		slices.Sort(bs)
		i := slices.IndexFunc(list, func(c bucketCap) bool { return c.bound == bs[len(bs)-1] })
		if i < 0 {
			list = append(list, bucketCap{bound: bs[len(bs)-1]})
			i = len(list) - 1
		}
		list[i].instances = append(list[i].instances, of.instance)
		for _, v := range t.run.res.Capture.Versions {
			if v.Job == of.job && slices.Contains(v.Instances, of.instance) && !slices.Contains(list[i].versions, v.Version) {
				list[i].versions = append(list[i].versions, v.Version)
			}
		}
	}
	if len(list) < 2 {
		return nil
	}
	for _, c := range list {
		slices.Sort(c.instances)
		slices.Sort(c.versions)
	}
	slices.SortFunc(list, func(a, b bucketCap) int { return cmp.Compare(b.bound, a.bound) })
	return list
}

// capsEvidence adds to a finding where the buckets of its targets end, and says
// it.
func (t *trace) capsEvidence(f *Finding, metrics []string) string {
	var ends []Evidence
	var words []string
	for _, c := range t.caps(metrics) {
		ends = append(ends, Evidence{"bound": c.bound, "instances": c.instances, "versions": c.versions})
		on := c.versions
		if len(on) == 0 {
			on = c.instances
		}
		words = append(words, fmt.Sprintf("at %s on %s", exact(c.bound), list(on, 3)))
	}
	if ends == nil {
		return ""
	}
	f.Evidence["caps"] = ends
	return "; they end " + list(words, 4)
}
