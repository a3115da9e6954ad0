package report

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
)

func TestAboutTellsAlertsApart(t *testing.T) {
	const url = "https://192.0.2.1:6445/api/v1/"
	tests := []struct {
		name, instance string
		values, want   []string
	}{
		{"long values are whole: grep finds them", "a", []string{url + "endpoints?x", url + "services?x"}, []string{"a url=" + url + "endpoints?x", "a url=" + url + "services?x"}},
		{"so do those without an instance", "", []string{url + "endpoints?x", url + "services?x"}, []string{"url=" + url + "endpoints?x", "url=" + url + "services?x"}},
		{"short values are whole", "a", []string{"/api/v1/a", "/api/v1/b"}, []string{"a url=/api/v1/a", "a url=/api/v1/b"}},
		{"one that goes on where the other ends", "a", []string{url, url + "x"}, []string{"a url=" + url, "a url=" + url + "x"}},
		{"a blank does not part a name", "a b", []string{"x y", "z"}, []string{"a\u00a0b url=x\u00a0y", "a\u00a0b url=z"}},
		{"one alert names its instance alone", "a", []string{url}, []string{"a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r replay.Rule
			for _, v := range tt.values {
				r.Alerts = append(r.Alerts, replay.Alert{Labels: labels.FromStrings("instance", tt.instance, "url", v)})
			}
			require.Equal(t, tt.want, about(r))
		})
	}
}

func TestSeriesWords(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"blanks in a value", `m{a="b c", d="e"}`, "m{a=\"b\u00a0c\", d=\"e\"}"},
		{"an escaped quote", `m{a="b \" c", d="e f"}`, "m{a=\"b\u00a0\\\"\u00a0c\", d=\"e\u00a0f\"}"},
		{"no value", "m n", "m n"},
		{"no end", `m{a="b c`, `m{a="b c`},
	} {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, seriesWords(tt.text)) })
	}
}
