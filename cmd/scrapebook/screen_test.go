package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestTerminalWidth(t *testing.T) {
	for _, tt := range []struct {
		name, env      string
		reported, want int
		reason         string
	}{
		{"a terminal", "", 100, 100, "it says"},
		{"one that reports 0", "", 0, 80, "as a serial line does"},
		{"COLUMNS", "90", 100, 90, "whoever sets it knows better"},
		{"COLUMNS where 0 is reported", "90", 0, 90, "the same"},
		{"no number in COLUMNS", "x", 100, 100, "it says nothing"},
		{"COLUMNS is 0", "0", 100, 100, "nor does that"},
		{"narrow", "", 20, 60, "tables need some room"},
		{"wide", "", 500, 160, "longer lines are hard to read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := terminalWidth(tt.env, tt.reported); got != tt.want {
				t.Errorf("terminalWidth gives %d, want %d: %s", got, tt.want, tt.reason)
			}
		})
	}
}

func TestScreenFlags(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	page := func(code int, args ...string) string {
		t.Helper()
		var out, err bytes.Buffer
		if got := run(append([]string{"replay", "demo:incident"}, args...), nil, &out, &err); got != code {
			t.Fatalf("%v: exit code %d, want %d: %s", args, got, code, err.String())
		}
		return out.String() + err.String()
	}
	usually := page(0)
	if strings.Contains(usually, "\x1b") || page(0, "--color=never", "--width=80") != usually {
		t.Error("80 columns without colour are not what a pipe has")
	}
	if !strings.Contains(page(0, "--color=always"), "\x1b[31mfiring\x1b[0m") {
		t.Error("--color always does not beat NO_COLOR")
	}
	if wide := page(0, "--width=200"); strings.Count(wide, "\n") >= strings.Count(usually, "\n") {
		t.Error("--width 200 folds as much as 80 columns")
	}
	for _, bad := range []string{"--width=0", "--width=39", "--width=10001", "--width=x", "--color=red"} {
		if got := page(2, bad); !strings.Contains(got, "it takes ") {
			t.Errorf("%s: %s", bad, got)
		}
	}
}
