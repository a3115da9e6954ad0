package report

import (
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// jsonServer is the server that was asked in place of a capture.
type jsonServer struct {
	URL     string   `json:"url"`
	Version string   `json:"version"`
	Notes   []string `json:"notes"`
}

func serverOf(res *replay.Result) *jsonServer {
	if res.Server == nil {
		return nil
	}
	return &jsonServer{URL: res.Server.URL, Version: res.Server.Version, Notes: append([]string{}, res.Server.Notes...)}
}

// server says who was asked, and what a reader should know of the answers.
func (p *page) server(res *replay.Result) {
	if res.Server == nil {
		return
	}
	if v := res.Server.Version; v != "" {
		p.wrapped(4, "  the server says that it is %s", terminal.Clean(v))
	}
	for _, note := range res.Server.Notes {
		p.wrapped(4, "  %s", terminal.Clean(note))
	}
}
