package packs

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

var madeStart = time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)

// scraped is a capture of the given bodies by JOB/INSTANCE, ten seconds apart
// from 07:00:00 on; "-" is a scrape that was refused.
func scraped(t testing.TB, bodies map[string][]string) *capture.Capture {
	t.Helper()
	fsys := fstest.MapFS{}
	for target, list := range bodies {
		for i, body := range list {
			name := fmt.Sprintf("%s/%d", target, madeStart.Add(time.Duration(i)*10*time.Second).UnixMilli())
			if body == "-" {
				fsys[name+".err"] = &fstest.MapFile{Data: []byte("refused\n")}
			} else {
				fsys[name+".prom"] = &fstest.MapFile{Data: []byte(body)}
			}
		}
	}
	c, err := capture.Open(fsys, "made", capture.Options{})
	require.NoError(t, err)
	return c
}

// one is a capture of a single target.
func one(t testing.TB, bodies ...string) *capture.Capture {
	return scraped(t, map[string][]string{"job/a": bodies})
}

func repeat(n int, body string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = body
	}
	return list
}

// counting is n scrapes in which each %d counts up by the steps given, from 0.
func counting(n int, format string, steps ...int) []string {
	list := make([]string, n)
	for i := range list {
		args := make([]any, len(steps))
		for j, s := range steps {
			args[j] = i * s
		}
		list[i] = fmt.Sprintf(format, args...)
	}
	return list
}

func loaded(t testing.TB, c *capture.Capture) *replay.Loaded {
	t.Helper()
	in, err := replay.Load(context.Background(), replay.Options{Capture: c})
	require.NoError(t, err)
	return in
}

func evaluated(t testing.TB, c *capture.Capture, opts Options) *Result {
	t.Helper()
	b, err := Evaluate(context.Background(), loaded(t, c), opts)
	require.NoError(t, err)
	_, read, err := AsRead(context.Background(), replay.Options{Capture: c}, opts)
	require.NoError(t, err)
	require.Equal(t, spelled(b), spelled(read))
	return b
}

// spelled is all of a result as text.
func spelled(b *Result) []string {
	list := []string{fmt.Sprint(b.Mode, b.Start, b.End, b.Step, b.Skipped)}
	add := func(args ...any) { list = append(list, fmt.Sprintln(args...)) }
	of := func(f *float64) string {
		if f == nil {
			return "none"
		}
		return fmt.Sprint(*f)
	}
	for _, p := range b.Packs {
		add(p.Pack, p.Title, p.Window, p.Targets)
		for _, s := range p.Signals {
			add(s.Name, s.Level, s.Absent, s.Reason, of(s.Warn), of(s.Bad), s.Worst != nil, s.FirstBad != nil)
			for _, one := range s.Series {
				add(one.Target, one.Labels, one.Expr, one.Level, one.Worst != nil, one.FirstBad)
				for _, p := range one.Points {
					add(p.Time, p.Value, p.Level, of(p.Lower), of(p.Upper), p.Flags)
				}
			}
		}
	}
	return list
}

func boardOf(t testing.TB, b *Result, pack string) *PackResult {
	t.Helper()
	for i := range b.Packs {
		if b.Packs[i].Pack == pack {
			return &b.Packs[i]
		}
	}
	require.Fail(t, "no such pack on the board", pack)
	return nil
}

func resultOf(t testing.TB, b *PackResult, signal string) *SignalResult {
	t.Helper()
	for i := range b.Signals {
		if b.Signals[i].Name == signal {
			return &b.Signals[i]
		}
	}
	require.Fail(t, "no such signal on the board", signal)
	return nil
}

// seriesOn are the series of a target.
func seriesOn(r *SignalResult, instance string) (list []Series) {
	for _, s := range r.Series {
		if s.Instance == instance {
			list = append(list, s)
		}
	}
	return list
}

// pack loads one for a test, from the text of its signals' part that differs.
func mustLoad(t testing.TB, text string) *Pack {
	t.Helper()
	p, errs := Load("test.yml", []byte(text))
	require.Empty(t, errs)
	return p
}

// rest are signals for the concerns that a test does not care for.
func rest(but Concern) string {
	var b strings.Builder
	for _, c := range Concerns() {
		if c != but {
			fmt.Fprintf(&b, "- {name: x-%s, title: x, concern: %s, headline: true, unit: count, good: steady, exprs: [{if: up, expr: up}]}\n", c, c)
		}
	}
	return b.String()
}
