package lint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	commonfmt "github.com/prometheus/common/expfmt"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// RefusedByPromtool is the id of what promtool alone refuses and no other
// problem tells.
const RefusedByPromtool = "promtool-refuses"

// maxPromtool is how long a text promtool's reader is asked about, in bytes: it
// takes some ten times as much memory.
const maxPromtool = 64 << 20

// promtool reads a text as promtool check metrics does, which knows the text
// format alone whatever the text is in, and returns its refusal.
func promtool(text []byte) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("its reader fails: %v", v)
		}
	}()
	d := commonfmt.NewDecoder(bytes.NewReader(text), commonfmt.NewFormat(commonfmt.TypeTextPlain))
	for mf := new(dto.MetricFamily); err == nil; {
		err = d.Decode(mf)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// judge says in the findings of a text, and in the Input, who refuses it. That
// promtool takes it is known where the snapshot has no text.
func (o *Options) judge(in *Input, file string, s *expfmt.Snapshot, list []*Finding) []*Finding {
	in.judged++
	if in.format == expfmt.FormatUnknown {
		in.format = s.Format
	}
	refused := slices.ContainsFunc(s.Problems, func(p expfmt.Problem) bool { return p.Refused })
	if refused {
		in.Refused++
	}
	if len(s.Text) > maxPromtool {
		in.unasked++
		return list
	}
	if s.Text == nil || surelyRead(s.Text, s.Format, s.Problems) {
		return list
	}
	err := promtool(s.Text)
	if err == nil {
		return list
	}
	in.PromtoolRefused++
	if in.Promtool == "" {
		in.Promtool = err.Error()
	}
	var pe commonfmt.ParseError
	if !errors.As(err, &pe) || s.Format != expfmt.FormatText {
		return list
	}
	for _, f := range list {
		if f.Line != pe.Line || f.Metric != "" || f.Severity == expfmt.SeverityInfo {
			continue
		}
		if !f.Refused && !strings.Contains(f.Message, "promtool") {
			f.Message += ": promtool refuses the text"
		}
		return list
	}
	if refused || slices.Contains(o.Disable, RefusedByPromtool) {
		return list
	}
	f := &Finding{Problem: expfmt.Problem{
		File: file, Line: pe.Line, Column: 1, ID: RefusedByPromtool, Severity: expfmt.SeverityWarning,
		Message: "promtool refuses the text, Prometheus does not: " + pe.Msg, Done: "kept",
	}, Count: 1}
	(&lineIndex{body: s.Text}).show(f)
	f.Text, f.TextOffset = textOf(s.Text, pe.Line), 0
	at := slices.IndexFunc(list, func(g *Finding) bool { return g.Line >= f.Line })
	if at < 0 {
		at = len(list)
	}
	return slices.Insert(list, at, f)
}

// textOf is the beginning of a line.
func textOf(body []byte, line int) string {
	for ; line > 1; line-- {
		_, body, _ = bytes.Cut(body, []byte{'\n'})
	}
	text, _, _ := bytes.Cut(body, []byte{'\n'})
	return string(text[:min(len(text), shownText)])
}

// verdict answers what a CI asks: would a server take it, would promtool?
func (in *Input) verdict() string {
	as := ""
	if in.format != expfmt.FormatText && in.format != expfmt.FormatUnknown {
		as = " as " + map[expfmt.Format]string{expfmt.FormatOpenMetrics: "OpenMetrics", expfmt.FormatProtobuf: "protobuf"}[in.format]
	}
	one := !in.Capture && in.judged == 1
	server := "Prometheus takes " + terminal.Plural(in.judged, "scrape", "scrapes") + as
	switch {
	case one && in.Refused == 0:
		server = "Prometheus takes the scrape" + as
	case one:
		server = "Prometheus refuses the whole scrape" + as
	case in.Refused > 0:
		server = fmt.Sprintf("Prometheus refuses %d of %s%s", in.Refused, terminal.Plural(in.judged, "scrape", "scrapes"), as)
	}
	tool := "promtool check metrics reads "
	switch asked := in.judged - in.unasked; {
	case asked == 0:
		return server + fmt.Sprintf("; promtool's reader was not asked, above %d MiB", maxPromtool>>20)
	case one && in.PromtoolRefused == 0:
		tool += "it"
	case one:
		tool = "promtool check metrics refuses it: " + in.Promtool
	case in.PromtoolRefused == 0:
		tool += terminal.Plural(asked, "scrape", "scrapes")
	default:
		tool = fmt.Sprintf("promtool check metrics refuses %d of %d, the first for: %s", in.PromtoolRefused, asked, in.Promtool)
	}
	return server + "; " + tool
}
