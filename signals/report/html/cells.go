package html

import (
	"fmt"
	"strings"
	"time"
)

const (
	barHeight = 16
	cellCount = 500 // parts of a bar, which bound it however much there is to show
)

// cells are the parts of a bar that are filled.
type cells struct {
	span   Span
	filled [cellCount]bool
}

func newCells(s Span) *cells { return &cells{span: s} }

// fill fills the parts of a time, one at least.
func (c *cells) fill(from, to time.Time) {
	if to.Before(c.span.Start) || from.After(c.span.End) {
		return
	}
	first := min(int(c.span.x(from)*cellCount/plotWidth), cellCount-1)
	last := max(int(c.span.x(to)*cellCount/plotWidth), first+1)
	for i := first; i < min(last, cellCount); i++ {
		c.filled[i] = true
	}
}

// without are the cells that are not filled in others.
func (c *cells) without(o *cells) *cells {
	out := *c
	for i, full := range o.filled {
		out.filled[i] = out.filled[i] && !full
	}
	return &out
}

// path are the filled parts as rectangles, those that touch as one.
func (c *cells) path(y, height int) string {
	var b strings.Builder
	const wide = plotWidth / cellCount
	for i := 0; i < cellCount; i++ {
		if !c.filled[i] {
			continue
		}
		first := i
		for i < cellCount && c.filled[i] {
			i++
		}
		fmt.Fprintf(&b, "M%d %dh%dv%dh-%[3]dz", first*wide, y, (i-first)*wide, height)
	}
	return b.String()
}
