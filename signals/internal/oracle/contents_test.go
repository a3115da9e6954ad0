package oracle

import (
	"context"
	"fmt"
	"math"

	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
)

// contents is everything that a store holds, by labels.
type contents map[string][]sample

func readAll(q storage.Queryable) (contents, error) {
	querier, err := q.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	defer querier.Close()
	all := contents{}
	set := querier.Select(context.Background(), true, nil, everySeries)
	for set.Next() {
		samples, err := readSamples(set.At().Iterator(nil))
		if err != nil {
			return nil, err
		}
		if len(samples) == 0 {
			continue
		}
		key := set.At().Labels().String()
		if _, twice := all[key]; twice {
			return nil, fmt.Errorf("%s stands twice in the store", key)
		}
		for i := range samples {
			samples[i].labels = set.At().Labels()
		}
		all[key] = samples
	}
	return all, set.Err()
}

func (c contents) samples() int {
	n := 0
	for _, s := range c {
		n += len(s)
	}
	return n
}

// stale counts the staleness markers.
func (c contents) stale() int {
	n := 0
	for _, list := range c {
		for _, s := range list {
			if value.IsStaleNaN(s.v) || s.h != nil && value.IsStaleNaN(s.h.Sum) || s.fh != nil && value.IsStaleNaN(s.fh.Sum) {
				n++
			}
		}
	}
	return n
}
