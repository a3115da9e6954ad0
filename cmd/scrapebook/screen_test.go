package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestWidthOf(t *testing.T) {
	for _, tt := range []struct {
		name, env, flag string
		want            int
		reason          string
	}{
		{"a pipe", "", "", 0, "each row is a line"},
		{"COLUMNS", "90", "", 90, "whoever sets it knows better"},
		{"no number in COLUMNS", "x", "", 0, "it says nothing"},
		{"COLUMNS is 0", "0", "", 0, "nor does that"},
		{"narrow", "20", "", 40, "names need some room"},
		{"--width", "90", "100", 100, "it is nearest"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("COLUMNS", tt.env)
			root := newRoot()
			if tt.flag != "" {
				if err := root.PersistentFlags().Set("width", tt.flag); err != nil {
					t.Fatal(err)
				}
			}
			if got := widthOf(root, &bytes.Buffer{}); got != tt.want {
				t.Errorf("widthOf gives %d, want %d: %s", got, tt.want, tt.reason)
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
	t.Setenv("COLUMNS", "80")
	usually := page(0)
	if strings.Contains(usually, "\x1b") || page(0, "--color=never", "--width=80") != usually {
		t.Error("80 columns without colour are not what COLUMNS asks for")
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
