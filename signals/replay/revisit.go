package replay

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/query"
)

// A Moment is a replay stopped at one instant, with all series there were.
type Moment struct {
	storage.Queryable           // what there was at At, as far back as any of the rules looks
	At                time.Time // as it was asked for
	Result            *Result   // of the replay up to then

	engine *query.Engine
}

// Revisit replays a capture once more, up to an instant, and keeps the series
// that no rule selects as well: to ask why a rule came to what it did. What
// rules wrote at that very instant is there, too. Of the options To, Stored and
// Ask do not count.
func Revisit(ctx context.Context, opts Options, at time.Time) (*Moment, error) {
	m := &Moment{At: at, engine: opts.engine()}
	opts.revisit, opts.To, opts.Ask = true, at, []string{}
	opts.Stored = func(q storage.Queryable) { m.Queryable = q }
	var err error
	if m.Result, err = Run(ctx, opts); err != nil {
		return nil, err
	}
	return m, nil
}

// Instant evaluates an expression at the moment, with the settings of the
// replay. It must not look further back than the rules do.
func (m *Moment) Instant(ctx context.Context, expr string) (*query.Value, error) {
	return m.engine.Instant(ctx, m, expr, m.At)
}
