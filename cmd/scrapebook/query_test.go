package main

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

func TestResolution(t *testing.T) {
	start := time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name       string
		span, step time.Duration
		want       string // the step that would do; "" when it is allowed
	}{
		{"an instant", 0, time.Second, ""},
		{"as many as the API allows", 11_000 * time.Second, time.Second, ""},
		{"one step more", 11_001 * time.Second, time.Second, "2s"},
		{"a rest does not count", 11_000*time.Second + 999*time.Millisecond, time.Second, ""},
		{"milliseconds", 600 * time.Second, time.Millisecond, "55ms"},
		{"two days of scrapes", 48 * time.Hour, 5 * time.Second, "16s"},
		{"a year", 365 * 24 * time.Hour, time.Minute, "47m47s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := resolution(start, start.Add(tt.span), tt.step)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "--step "+tt.want+",") {
				t.Fatalf("%v, want --step %s", err, tt.want)
			}
			step, perr := model.ParseDuration(tt.want)
			if again := resolution(start, start.Add(tt.span), time.Duration(step)); perr != nil || again != nil {
				t.Errorf("the step that is advised is refused: %v %v", perr, again)
			}
		})
	}
}
