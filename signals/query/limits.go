package query

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// What an expression may be, beyond what a server's settings bound. Upstream's
// engine allocates by the steps of a query before it counts a sample, walks
// trees in a time that grows with the square of their depth, and builds labels
// of any length: there is a server's memory, and an operator, to stop it.
const (
	maxTokens  = 20_000      // of a text: some 10,000 terms
	maxDepth   = 2_000       // of the tree
	maxPoints  = 5_000_000   // steps times series of a subquery: 80 MB for each node of it
	maxGrowth  = 4_096       // how many times a label may hold what labels held
	maxVisits  = 500_000_000 // of samples by one function over one series: a second or two, in which upstream heeds no timeout
	countAbove = 1_000       // steps beyond which series are counted
	maxJudged  = 10_000      // texts that are remembered
)

// A LimitError says that an expression asks for more than is computed here.
type LimitError struct {
	What string // a sentence without a subject: "holds …", "has …"
	Do   string // what to do instead
}

// Error says what is too much and what to do.
func (e *LimitError) Error() string {
	return "the expression " + e.What + ": " + e.Do
}

// limited parses as another parser does, and refuses what is too long or too
// deep.
type limited struct{ parser.Parser }

// ParseExpr counts before it parses: the parser's time grows with the square
// of a sum's length.
func (p limited) ParseExpr(text string) (parser.Expr, error) {
	if err := tooLong(text); err != nil {
		return nil, err
	}
	expr, err := p.Parser.ParseExpr(text)
	if err == nil && deeper(expr, maxDepth) {
		err = &LimitError{
			What: fmt.Sprintf("is nested more than %d deep", maxDepth),
			Do:   "split it, or put what repeats into recording rules; a sum of many terms is a sum() over a matcher such as =~",
		}
	}
	if err != nil {
		return nil, withNewName(err)
	}
	return expr, nil
}

// withNewName adds to upstream's error of a function that Prometheus 3 renamed
// what it is called now.
func withNewName(err error) error {
	var list parser.ParseErrors
	if !errors.As(err, &list) {
		return err
	}
	list = slices.Clone(list)
	for i, e := range list {
		if e.Err != nil && strings.Contains(e.Err.Error(), `unknown function with name "holt_winters"`) {
			list[i].Err = fmt.Errorf("%w: since Prometheus 3 it is double_exponential_smoothing, with --enable-feature=%s", e.Err, FeatureExperimentalFunctions)
		}
	}
	return list
}

func tooLong(text string) error {
	if len(text) <= maxTokens {
		return nil
	}
	lexer := parser.Lex(text)
	var item parser.Item
	for n := 0; ; n++ {
		lexer.NextItem(&item)
		if item.Typ == parser.EOF || item.Typ == parser.ERROR {
			return nil
		}
		if n >= maxTokens {
			return &LimitError{
				What: fmt.Sprintf("has more than %d words and signs", maxTokens),
				Do:   "split it, or put what repeats into recording rules",
			}
		}
	}
}

// deeper reports whether a tree has more than n levels. It looks no deeper.
func deeper(node parser.Node, n int) bool {
	if n == 0 {
		return true
	}
	for child := range parser.ChildrenIter(node) {
		if deeper(child, n-1) {
			return true
		}
	}
	return false
}

// A judged expression is what Engine.bound keeps of a text.
type judged struct {
	err        error
	subqueries bool
}

// bound refuses an expression that, evaluated from start to end, would need
// memory that nothing in the engine bounds. What hangs on the text alone is
// judged once.
func (e *Engine) bound(ctx context.Context, q storage.Queryable, text string, start, end time.Time, step time.Duration) error {
	known, ok := e.judged.Load(text)
	if !ok {
		known = e.judge(text)
		if e.texts.Add(1) <= maxJudged { // templates may make up any number
			e.judged.Store(text, known)
		}
	}
	if j := known.(judged); j.err != nil || !j.subqueries {
		return j.err
	}
	expr, err := e.parser.ParseExpr(text)
	if err == nil { // ranges and steps that are computed get their values
		expr, err = promql.PreprocessExpr(expr, start, end, step)
	}
	if err != nil {
		return nil // the engine says it better
	}
	w := weigher{ctx: ctx, q: q, fallback: e.interval}
	steps := 1.0
	if step > 0 {
		steps += math.Floor(end.Sub(start).Seconds() / step.Seconds())
	}
	return w.weigh(expr, end.Sub(start).Seconds(), steps)
}

func (e *Engine) judge(text string) judged {
	expr, err := e.parser.ParseExpr(text)
	if limit := (*LimitError)(nil); errors.As(err, &limit) {
		return judged{err: limit}
	}
	if err != nil {
		return judged{} // the engine says it better
	}
	if growth(expr) > maxGrowth {
		return judged{err: &LimitError{
			What: fmt.Sprintf("makes labels that hold others more than %d times over", maxGrowth),
			Do:   "join or replace fewer times",
		}}
	}
	return judged{subqueries: contains(expr, func(n parser.Node) bool {
		_, ok := n.(*parser.SubqueryExpr)
		return ok
	})}
}

// weigher tells how much an evaluation holds at once.
type weigher struct {
	ctx      context.Context
	q        storage.Queryable
	fallback time.Duration // step of subqueries that name none
}

// weigh walks an expression that is evaluated at a number of steps within span
// seconds. Numbers are floats: they may exceed what an integer holds.
func (w weigher) weigh(node parser.Node, span, steps float64) error {
	switch n := node.(type) {
	case *parser.SubqueryExpr:
		step := n.Step
		if step <= 0 {
			step = w.fallback
		}
		each := max(step, time.Millisecond).Seconds()
		if window := n.Range.Seconds() / each; steps > 1 && window > 1 && steps*window > maxVisits {
			return tooMany(n, steps, window)
		}
		// Of an inner range of a day in an outer one of an hour, 25 hours are
		// evaluated.
		span += n.Range.Seconds()
		steps = math.Floor(span/each) + 1
		if err := w.fits(n, steps); err != nil {
			return err
		}
	case *parser.MatrixSelector:
		if steps > 1 && steps*n.Range.Seconds() > maxVisits {
			longest, err := w.longest(n)
			if err != nil {
				return err
			}
			if window := min(longest, n.Range.Seconds()*1000); steps*window > maxVisits {
				return tooMany(n, steps, window)
			}
		}
	}
	for child := range parser.ChildrenIter(node) {
		if err := w.weigh(child, span, steps); err != nil {
			return err
		}
	}
	return nil
}

func tooMany(n parser.Node, steps, window float64) error {
	return &LimitError{
		What: fmt.Sprintf("looks at %.6g samples of %s at each of %.6g instants, and %d in all are the most", window, shorten(n.String()), steps, maxVisits),
		Do:   "give it a shorter range, or what stands around it a longer step",
	}
}

// longest is how many samples the longest series of a selector has.
func (w weigher) longest(n *parser.MatrixSelector) (float64, error) {
	most := 0
	err := w.each(n, func(s storage.Series) {
		samples := 0
		for it := s.Iterator(nil); it.Next() != chunkenc.ValNone; {
			samples++
		}
		most = max(most, samples)
	})
	return float64(most), err
}

// fits refuses a subquery with more points than maxPoints.
func (w weigher) fits(n *parser.SubqueryExpr, steps float64) error {
	series := 1.0
	if steps > countAbove && steps <= maxPoints {
		counted := 0
		if err := w.each(n.Expr, func(storage.Series) { counted++ }); err != nil {
			return err
		}
		series = max(1, float64(counted))
	}
	if steps <= countAbove || steps*series <= maxPoints {
		return nil
	}
	what := fmt.Sprintf("evaluates %s at %.6g instants", shorten(n.Expr.String()), steps)
	if series > 1 {
		what += fmt.Sprintf(" for %.0f series", series)
	}
	return &LimitError{
		What: what + fmt.Sprintf(", and %d points are the most", maxPoints),
		Do:   "give the subquery a longer step or a shorter range",
	}
}

// each hands out the series of all selectors below a node.
func (w weigher) each(node parser.Node, f func(storage.Series)) error {
	querier, err := w.q.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return err
	}
	defer querier.Close()
	parser.Inspect(node, func(n parser.Node, _ []parser.Node) error {
		if vs, ok := n.(*parser.VectorSelector); ok {
			set := querier.Select(w.ctx, false, nil, vs.LabelMatchers...)
			for set.Next() {
				f(set.At())
			}
			err = errors.Join(err, set.Err())
		}
		return nil
	})
	return err
}

// shorten cuts a text for a message.
func shorten(text string) string {
	const most = 60
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most-1]) + "…"
	}
	return text
}

// growth is how many times over a label of the result may hold what labels of
// the series held: each join and each replacement multiplies it.
func growth(node parser.Node) float64 {
	most := 1.0
	for child := range parser.ChildrenIter(node) {
		most = max(most, growth(child))
	}
	call, ok := node.(*parser.Call)
	if !ok {
		return most
	}
	switch call.Func.Name {
	case "label_join": // v, dst, separator, src…
		most *= max(1, float64(len(call.Args)-3))
	case "label_replace": // v, dst, replacement, src, regex
		if s, ok := stringOf(call.Args[2]); ok {
			most *= max(1, float64(strings.Count(s, "$")))
		}
	}
	return most
}

func stringOf(e parser.Expr) (string, bool) {
	switch e := e.(type) {
	case *parser.StringLiteral:
		return e.Val, true
	case *parser.ParenExpr:
		return stringOf(e.Expr)
	}
	return "", false
}
