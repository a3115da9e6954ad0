package report

import (
	"fmt"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// BoardWords are golden signals as Text spells them.
type BoardWords struct {
	Answer  string // how many signals are bad
	Head    string // of what and when they are
	Packs   []PackWords
	Skipped string // the packs that do not apply, or ""
}

// PackWords are those of one pack, which stands at the same place in the
// result.
type PackWords struct {
	Title     string
	Headlines []HeadlineWords
	Rows      []SignalWords // target by target
}

// HeadlineWords are a concern in one line.
type HeadlineWords struct {
	Concern, Level, Title, Worst, Where string
}

// SignalWords are one signal of one target.
type SignalWords struct {
	Target, Level, Title, Worst, Note string
}

// BoardWords spells golden signals of what name calls.
func (t Text) BoardWords(name string, b *packs.Result) BoardWords {
	t.Color, t.Width = false, 0
	p := newPage(t, newClock(b.Start, b.End))
	out := BoardWords{Head: p.boardHead(name, b), Skipped: notHere(b)}
	bad, all := 0, 0
	for i := range b.Packs {
		for _, s := range b.Packs[i].Signals {
			if all++; s.Level == packs.Bad {
				bad++
			}
		}
	}
	out.Answer = fmt.Sprintf("%d of %s bad", bad, terminal.Plural(all, "signal is", "signals are"))
	for i := range b.Packs {
		out.Packs = append(out.Packs, p.packWords(&b.Packs[i], b.Mode))
	}
	return out
}

func (p *page) packWords(pb *packs.PackResult, mode packs.Mode) PackWords {
	out := PackWords{Title: fmt.Sprintf("%s, %s", pb.Pack, count(len(pb.Targets), "target"))}
	for _, c := range packs.Concerns() {
		s := pb.Headline(c)
		if s == nil {
			continue
		}
		out.Headlines = append(out.Headlines, p.headlineWords(string(c), s, mode))
		for i := range pb.Signals {
			if o := &pb.Signals[i]; o.Concern == c && o.Level == packs.Bad && s.Level != packs.Bad {
				out.Headlines = append(out.Headlines, p.headlineWords(string(c), o, mode))
			}
		}
	}
	for _, target := range pb.Targets {
		for i := range pb.Signals {
			s := &pb.Signals[i]
			for _, series := range s.Series {
				if series.Target != target || series.Worst == nil {
					continue
				}
				title := s.Title
				if ls := labelText(series.Labels); ls != "" {
					title += " " + ls
				}
				out.Rows = append(out.Rows, SignalWords{
					Target: terminal.Clean(target.Job) + "/" + terminal.Clean(target.Instance), Level: p.level(series.Level),
					Title: terminal.Fold(title, 0, 0), Worst: quantity(float64(series.Worst.Value), s.Unit), Note: p.note(series, mode),
				})
			}
		}
	}
	return out
}

func (p *page) headlineWords(concern string, s *packs.SignalResult, mode packs.Mode) HeadlineWords {
	words := p.worstOf(s, mode)
	return HeadlineWords{Concern: concern, Level: p.level(s.Level), Title: words[0], Worst: words[1], Where: terminal.Fold(words[2], 0, 0)}
}
