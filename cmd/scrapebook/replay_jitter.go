package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/scrapebook/scrapebook/signals/jitter"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
)

// jitterFlags shift a replay, or try what comes of shifting it.
type jitterFlags struct {
	n            int
	lose, addFor string
}

// The names of the flags that a trial can be repeated with.
const (
	phaseFlag  = "phase"
	loseFlag   = "lose"
	addForFlag = "add-for"
	jitterFlag = "jitter"
)

func (f *jitterFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.IntVar(&f.n, jitterFlag, 0, "say which verdicts are luck: replay with `N` phases, N times each N-th scrape lost, and for an interval longer and shorter")
	fl.StringVar(&f.lose, loseFlag, "", "replay as if scrapes were lost: `J/N`, of each target the J-th of every N")
	fl.StringVar(&f.addFor, addForFlag, "", "add `DURATION` to the for of every alert, such as 15s or -15s (0 is the least)")
}

// check refuses what cannot be, before anything is read.
func (f *jitterFlags) check(cmd *cobra.Command, was bool) error {
	if !cmd.Flags().Changed(jitterFlag) {
		return nil
	}
	switch {
	case f.n < jitter.MinN || f.n > jitter.MaxN:
		return fmt.Errorf("--jitter %d: write a number from %d to %d", f.n, jitter.MinN, jitter.MaxN)
	case was:
		return errors.New("--was tells only what changes, and --jitter is about one set of rules: leave out one of them")
	case f.lose != "" || f.addFor != "":
		return errors.New("--jitter tries --lose and --add-for by itself: leave them out, or --jitter")
	}
	return nil
}

var lossForm = regexp.MustCompile(`^(\d{1,9})/(\d{1,9})$`)

// apply shifts the replay.
func (f *jitterFlags) apply(opts *replay.Options) error {
	if f.addFor != "" {
		d, err := model.ParseDurationAllowNegative(f.addFor)
		if err != nil {
			return fmt.Errorf("--add-for %s: write a number with its unit, such as 15s or -15s", f.addFor)
		}
		opts.AddFor = time.Duration(d)
	}
	if f.lose == "" {
		return nil
	}
	m := lossForm.FindStringSubmatch(f.lose)
	nth, of := 0, 0
	if m != nil {
		nth, _ = strconv.Atoi(m[1])
		of, _ = strconv.Atoi(m[2])
	}
	if nth < 1 || nth > of || of < jitter.MinN {
		return fmt.Errorf("--lose %s: write J/N, such as 3/10 for the 3rd, 13th, 23rd, … scrape of each target", f.lose)
	}
	opts.Capture = jitter.Lose(opts.Capture, nth, of)
	return nil
}

// replayed is what a replay came to, with its trials if there were any.
type replayed struct {
	*replay.Result
	skipped []packs.Skipped
	jitter  *jitter.Result
}

// replays replays, once or with all trials.
func (f *replayFlags) replays(cmd *cobra.Command, opts replay.Options, builtIn bool, set map[string]string) (r replayed, err error) {
	if f.jitter.n == 0 {
		if f.tries() || f.format == "html" {
			opts.Memory = new(replay.Memory)
		}
		r.Result, r.skipped, err = f.replay(cmd, opts, builtIn, set)
		return r, err
	}
	first := true
	more := jitter.Options{N: f.jitter.n, Replay: func(_ context.Context, opts replay.Options) (*replay.Result, error) {
		res, skipped, err := f.replay(cmd, opts, builtIn, set)
		if first {
			r.skipped, first = skipped, false
		}
		return res, err
	}}
	var done func()
	more.Progress, done = progressOf(cmd, f.quiet, "replays")
	defer done()
	if r.jitter, err = jitter.Run(cmd.Context(), opts, more); err != nil {
		return r, err
	}
	r.Result = r.jitter.Result
	return r, nil
}

// withRepeat adds how a trial is repeated to the hints of a page: with the
// command as it was given, without what asks for the trials and where to write.
func withRepeat(h report.Hints, cmd *cobra.Command) report.Hints {
	words := strings.Fields(cmd.CommandPath())
	for _, arg := range cmd.Flags().Args() {
		words = append(words, quoted(arg))
	}
	cmd.Flags().Visit(func(fl *pflag.Flag) {
		switch fl.Name {
		case jitterFlag, phaseFlag, "sweep", "format", "output", "quiet", "why", "try", "prometheus":
			return
		}
		values := []string{fl.Value.String()}
		if list, ok := fl.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			if fl.NoOptDefVal != "" {
				words = append(words, "--"+fl.Name+"="+quoted(v))
				continue
			}
			words = append(words, "--"+fl.Name, quoted(v))
		}
	})
	h.Replay = strings.Join(words, " ")
	h.Phase, h.Lose, h.AddFor = "--"+phaseFlag, "--"+loseFlag, "--"+addForFlag
	return h
}

var plainWord = regexp.MustCompile(`^[-A-Za-z0-9_./:=@%+,]+$`)

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
