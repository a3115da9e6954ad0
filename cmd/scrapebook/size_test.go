package main

import "testing"

func TestSize(t *testing.T) {
	for _, tt := range []struct {
		in     string
		want   size // 0: refused
		reason string
	}{
		{"1000", 1000, "bytes"},
		{"10B", 10, "bytes, said"},
		{"2KiB", 2048, "binary"},
		{"2KB", 2048, "as in Prometheus' flags"},
		{"2k", 2048, "short"},
		{"1.5MiB", 3 << 19, "a fraction"},
		{"3g", 3 << 30, "GiB"},
		{"1TiB", 1 << 40, "TiB"},
		{"", 0, "nothing"},
		{"MiB", 0, "no number"},
		{"0", 0, "no limit is another thing than none"},
		{"0.5", 0, "less than a byte"},
		{"-1MB", 0, "negative"},
		{"9999999TiB", 0, "beyond int64"},
		{"inf", 0, "no number of bytes"},
		{"nan", 0, "no number of bytes"},
		{"5x", 0, "an unknown unit"},
	} {
		var s size
		if err := s.Set(tt.in); (err == nil) != (tt.want > 0) || s != tt.want {
			t.Errorf("%q (%s): %d and %v, want %d", tt.in, tt.reason, s, err, tt.want)
		}
	}
}
