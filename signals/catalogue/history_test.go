package catalogue

import (
	"fmt"
	"strings"
	"testing"
)

func mustRead(t testing.TB, list string) *Catalogue {
	t.Helper()
	c, err := Read(strings.NewReader(list), "list")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (h History) summary() string {
	var parts []string
	for _, p := range h.Periods {
		parts = append(parts, fmt.Sprintf("%s..%s %s", p.From, p.To, p.State))
	}
	return strings.Join(parts, ", ")
}

func TestHistory(t *testing.T) {
	const head = "software s\nversions 1..6\n"
	tests := []struct {
		name, list   string
		want         string
		since, until string
	}{
		{"no source speaks", head, "1..6 not known", "", ""},
		{"known of one version", head + "m 3 gauge\n", "1..2 not known, 3..3 exists, 4..6 not known", "", ""},
		{"listed elsewhere is no proof", head + "listed 1..6\nm 3 gauge\n", "1..2 not listed, 3..3 exists, 4..6 not listed", "", ""},
		{"between two that have it", head + "m 2,5 gauge\n", "1..1 not known, 2..2 exists, 3..4 between, 5..5 exists, 6..6 not known", "", ""},
		{"a list between that lacks it", head + "listed 3\nm 2,5 gauge\n", "1..2 not known|2..2 exists, 3..3 not listed, 4..4 not known, 5..5 exists, 6..6 not known", "", ""},
		{"a list of other metrics", head + "source a b\nlisted 2..4 from=a\nm 1,5 gauge\nn 3 gauge from=a\n", "1..1 exists, 2..4 between, 5..5 exists, 6..6 not known", "", ""},
		{"a list that has it elsewhere", head + "source a b\nlisted 2..4 from=a\nm 1,5 gauge\nm 2 gauge from=a\n", "1..2 exists, 3..4 not listed, 5..5 exists, 6..6 not known", "", ""},
		{"a source says not yet and gone", head + "m ..2 none\nm 3..4 gauge\nm 5.. none\n", "1..2 not yet, 3..4 exists, 5..6 gone", "3", "4"},
		{"gone and back", head + "m 1 gauge\nm 2 none\nm 3 gauge\n", "1..1 exists, 2..2 not yet, 3..3 exists, 4..6 not known", "", ""},
		{"only said not to be there", head + "m 2 none\n", "1..1 not known, 2..2 gone, 3..6 not known", "", ""},
		{"not right after is no end", head + "m 1..2 gauge\nm 5.. none\n", "1..2 exists, 3..4 not known, 5..6 gone", "", ""},
		{"other labels are another period", head + "m 1..2 gauge labels=a\nm 3..6 gauge labels=b\n", "1..2 exists, 3..6 exists", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := mustRead(t, tt.list).History("m")
			want := strings.ReplaceAll(tt.want, "1..2 not known|", "1..1 not known, ")
			if got := h.summary(); got != want {
				t.Errorf("history %s, want %s", got, want)
			}
			if h.Since() != tt.since || h.Until() != tt.until {
				t.Errorf("since %q until %q, want %q and %q", h.Since(), h.Until(), tt.since, tt.until)
			}
		})
	}
}

// What is between two versions is what they agree on.
func TestBetween(t *testing.T) {
	c := mustRead(t, "software s\nversions 1..3\nm 1 histogram labels=a le=1,2 stability=alpha\nm 3 histogram labels=a,b le=1,2 stability=beta\n")
	p := c.At("m", "2")
	if p.State != Between || p.Type != "histogram" || p.HasLabels || len(p.Bounds) != 2 || p.Stability != "" {
		t.Errorf("between: %+v", p)
	}
	if from, to := c.History("m").Known(); from != "1" || to != "3" {
		t.Errorf("known from %s to %s", from, to)
	}
}

func TestVersion(t *testing.T) {
	c := mustRead(t, "software s\nversions 1.2..1.12,2.0-rc.1,2.0\n")
	tests := []struct{ name, version, want string }{
		{"as it is", "1.3", "1.3"},
		{"with a v and a patch", "v1.3.7", "1.3"},
		{"of a distribution", "v1.12.3-gke.100", "1.12"},
		{"a build", "1.3+b5", "1.3"},
		{"a candidate that is told apart", "v2.0-rc.1", "2.0-rc.1"},
		{"a candidate that is not", "2.0-rc.2", "2.0"},
		{"newer", "2.1", ""},
		{"older", "1.1.9", ""},
		{"the first number alone", "1", ""},
		{"a longer number", "1.30", ""},
		{"none", "", ""},
		{"a word", "main", ""},
	}
	for _, tt := range tests {
		if got, ok := c.Version(tt.version); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q is %q, want %q", tt.name, tt.version, got, tt.want)
		}
	}
	if p := c.At("m", "3.0"); p.State != Unknown || p.From != "3.0" || p.To != "3.0" {
		t.Errorf("a version outside: %+v", p)
	}
}

func TestCondensed(t *testing.T) {
	c := mustRead(t, "software s\nversions 1..6\nm 1 gauge\nm 2 gauge stability=alpha in=b\nm 3 gauge stability=beta in=a\nm 4 gauge stability=beta deprecated=4\nm 5 gauge labels=a\n")
	list := c.History("m").Condensed()
	if len(list) != 3 || list[0].From != "1" || list[0].To != "4" || list[0].Stability != "alpha 2, beta 3..4" || list[0].Deprecated != "4" || strings.Join(list[0].In, " ") != "a b" {
		t.Errorf("%+v", list)
	}
	gap := mustRead(t, "software s\nversions 1..4\nm 1,4 gauge stability=beta\nm 2..3 gauge\n").History("m").Condensed()
	if len(gap) != 1 || gap[0].Stability != "beta" {
		t.Errorf("beta before and after: %+v", gap)
	}
	if p := c.At("m", "1"); p.Stability != "" || p.To != "1" {
		t.Errorf("the history itself has changed: %+v", p)
	}
}
