package ingest_test

import (
	"testing"
)

// Samples carry the scrape's time unless they bring their own.
func TestOwnTimestamps(t *testing.T) {
	runRows(t, []row{
		{
			name:  "samples, up and markers take the scrape's time, own timestamps win",
			steps: []step{{body: "a 1\nb 2 @-5\n"}},
			want:  map[string]string{"a": "0:1", "b": "-5:2", "up": "0:1"},
		},
		{
			name:  "honor_timestamps false: the scrape's time for all",
			setup: func(f *fixture) { f.target.HonorTimestamps = false },
			steps: []step{{body: "b 2 @-5\n"}, {body: "a 1\n"}},
			want:  map[string]string{"b": "0:2 10:stale", "a": "10:1"},
		},
		{
			name:  "own timestamps: no marker when the series vanishes",
			steps: []step{{body: "a 1 @0\nb 1\n"}, {body: "b 1\n"}},
			want:  map[string]string{"a": "0:1", "b": "0:1 10:1"},
		},
		{
			name:  "own timestamps: no marker when the scrape fails",
			steps: []step{{body: "a 1 @0\nb 1\n"}, {failure: "refused"}},
			want:  map[string]string{"a": "0:1", "b": "0:1 10:stale"},
		},
		{
			name:  "from the scrape's time to its own: one marker then",
			steps: []step{{body: "a 1\n"}, {body: "a 2 @5\n"}, {body: "a 3 @15\n"}},
			want:  map[string]string{"a": "0:1 5:2 10:stale 15:3"},
		},
		{
			name:  "more than 10 minutes ahead is refused, less is taken",
			steps: []step{{body: "a 1 @600\nb 1 @601\n"}},
			want:  map[string]string{"a": "600:1", "b": ""},
			ids:   []string{"out-of-bounds"},
		},
		{
			name:  "an hour behind the newest is taken, more is refused",
			steps: []step{{body: "x 1\n"}, {body: "a 1 @-3600\nb 1 @-3601\n"}},
			want:  map[string]string{"a": "-3600:1", "b": ""},
			ids:   []string{"out-of-bounds"},
		},
		{
			name:  "a sample of the future moves the bound behind",
			steps: []step{{body: "x 1 @500\n"}, {body: "a 1 @-3100\nb 1 @-3101\n"}},
			want:  map[string]string{"a": "-3100:1", "b": ""},
			ids:   []string{"out-of-bounds"},
		},
		{
			name:  "older than the series: dropped, the same again is none",
			steps: []step{{body: "a 1 @5\nb 1 @5\nc 1 @5\n"}, {body: "a 2 @4\nb 2 @5\nc 1 @5\n"}},
			want:  map[string]string{"a": "5:1", "b": "5:1", "c": "5:1", "scrape_samples_scraped": "0:3 10:3", "up": "0:1 10:1"},
			ids:   []string{"out-of-order", "duplicate-timestamp"},
		},
		{
			name:  "alternating: a marker at every change from the scrape's time to its own",
			steps: []step{{body: "a 1\n"}, {body: "a 2 @5\n"}, {body: "a 3\n"}, {body: "a 4 @25\n"}},
			want:  map[string]string{"a": "0:1 5:2 10:stale 20:3 25:4 30:stale"},
		},
		{
			name:  "never stored: counted as scraped, not as added",
			steps: []step{{body: "a 1 @900\n"}},
			want:  map[string]string{"a": "", "scrape_samples_scraped": "0:1", "scrape_samples_post_metric_relabeling": "0:1", "scrape_series_added": "0:0"},
			ids:   []string{"out-of-bounds"},
		},
		{
			name:  "timestamp 0",
			steps: []step{{body: "x 1\na 1 0\n"}},
			want:  map[string]string{"a": "", "x": "0:1"},
			ids:   []string{"out-of-bounds"},
		},
	})
}

// What track_timestamps_staleness changes.
func TestTrackedTimestamps(t *testing.T) {
	runRows(t, []row{
		{
			name:  "track_timestamps_staleness: a marker at the scrape's time",
			setup: func(f *fixture) { f.target.TrackTimestampsStaleness = true },
			steps: []step{{body: "a 1 @0\n"}, {body: "b 1\n"}},
			want:  map[string]string{"a": "0:1 10:stale", "b": "10:1"},
		},
		{
			name:  "tracked, but its last sample lies in the future: the marker is dropped",
			setup: func(f *fixture) { f.target.TrackTimestampsStaleness = true },
			steps: []step{{body: "a 1 @60\n"}, {body: "b 1\n"}},
			want:  map[string]string{"a": "60:1"},
		},
		{
			name:  "tracked and refused: stale at once",
			setup: func(f *fixture) { f.target.TrackTimestampsStaleness = true },
			steps: []step{{body: "a 1 @0\n"}, {body: "a 2 @0\n"}},
			want:  map[string]string{"a": "0:1 10:stale"},
			ids:   []string{"duplicate-timestamp"},
		},
		{
			name:  "tracked: none",
			setup: func(f *fixture) { f.target.TrackTimestampsStaleness = true },
			steps: []step{{body: "a 1\n"}, {body: "a 2 @5\n"}, {body: "a 3\n"}},
			want:  map[string]string{"a": "0:1 5:2 20:3"},
		},
		{
			name:  "refused, then accepted again",
			setup: func(f *fixture) { f.target.TrackTimestampsStaleness = true },
			steps: []step{{body: "a 1 @0\n"}, {body: "a 2 @0\n"}, {body: "a 3 @15\n"}},
			want:  map[string]string{"a": "0:1 10:stale 15:3"},
		},
	})
}
