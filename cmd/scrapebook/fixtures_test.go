package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/lint"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Whoever meets an id of check metrics finds an exposition to try it on.
func TestGalleryHasEveryID(t *testing.T) {
	for _, p := range lint.IDs() {
		if _, err := fixtures.Find("broken/" + p.ID); err != nil {
			t.Error(err)
		}
	}
}

func TestFixturesTableFits(t *testing.T) {
	all := fixtures.List()
	whole := slices.DeleteFunc(fixtures.List(), func(f fixtures.Fixture) bool { return strings.Contains(f.Name, "/") })
	for _, tt := range []struct {
		name  string
		list  []fixtures.Fixture
		width int
	}{{"narrow", whole, 60}, {"usual", whole, 80}, {"long names", all, 80}, {"wide", all, 160}} {
		widest := 0
		for line := range strings.Lines(fixturesTable(tt.list, tt.width)) {
			widest = max(widest, terminal.Width(strings.TrimSuffix(line, "\n")))
		}
		if widest > tt.width || widest < 55 {
			t.Errorf("%s: %d fixtures: %d columns of %d", tt.name, len(tt.list), widest, tt.width)
		}
	}
}

func TestIsPlain(t *testing.T) {
	for _, tt := range []struct {
		text   string
		want   bool
		reason string
	}{
		{"up 1\n\tcaf\u00e9 世\n", true, "what is printed"},
		{"", true, "nothing disturbs nobody"},
		{"\x1b[2J", false, "escapes"},
		{"a\r\n", false, "a carriage return overwrites"},
		{"\x00", false, "a NUL"},
		{"caf\xe9", false, "no UTF-8"},
		{"\u202e", false, "a direction"},
		{"\u009b2J", false, "an escape of eight bits"},
	} {
		if got := isPlain([]byte(tt.text)); got != tt.want {
			t.Errorf("%q: %v, want %v: %s", tt.text, got, tt.want, tt.reason)
		}
	}
	pb, err := fixtures.Read("etcd-protobuf")
	if err != nil || isPlain(pb) {
		t.Errorf("protobuf is plain text (%v)", err)
	}
}
