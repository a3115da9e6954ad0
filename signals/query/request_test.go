package query_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/query"
)

func TestAsk(t *testing.T) {
	store := load(t, 10*time.Second, `m{a="1"} 1 2 3`)
	e := query.NewEngine(query.Options{})
	ctx := context.Background()
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	for _, row := range []struct {
		name, reason string
		ask          query.Request
		want         string
	}{
		{"an instant", "as Instant, whatever End is", query.Request{Expr: "m", Start: at(25), End: at(5)}, `{"resultType":"vector","result":[{"metric":{"__name__":"m","a":"1"},"value":[25,"3"]}]}`},
		{"a range", "as Range", query.Request{Expr: "m", Start: at(0), End: at(10), Step: 10 * time.Second}, `{"resultType":"matrix","result":[{"metric":{"__name__":"m","a":"1"},"values":[[0,"1"],[10,"2"]]}]}`},
		{"a look-back", "that is shorter than the engine's", query.Request{Expr: "m", Start: at(25), Lookback: 5 * time.Second}, `{"resultType":"vector","result":[]}`},
		{"a longer look-back", "is longer", query.Request{Expr: "m", Start: at(2000), Lookback: time.Hour}, `{"resultType":"vector","result":[{"metric":{"__name__":"m","a":"1"},"value":[2000,"3"]}]}`},
		{"a look-back below 0", "is the engine's", query.Request{Expr: "m", Start: at(25), Lookback: -1}, `{"resultType":"vector","result":[{"metric":{"__name__":"m","a":"1"},"value":[25,"3"]}]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := e.Ask(ctx, store, row.ask)
			require.NoError(t, err)
			require.Equal(t, row.want, string(got.AppendJSON(nil)), row.reason)
		})
	}
	got, err := e.Ask(ctx, store, query.Request{Expr: "m", Start: at(0), End: at(20), Step: time.Second})
	require.NoError(t, err)
	require.EqualValues(t, 21, got.Stats.Builtin().Samples.TotalQueryableSamples)

	old := query.NewEngine(query.Options{Prometheus2: true})
	got, err = old.Ask(ctx, store, query.Request{Expr: "m", Start: at(25), Lookback: 5 * time.Second})
	require.NoError(t, err)
	require.Len(t, got.Series, 1, "Prometheus 2 sees a sample that is as old as the look-back")
}

func TestAskForWhatIsWrong(t *testing.T) {
	e := query.NewEngine(query.Options{})
	ask := func(r query.Request) error {
		_, err := e.Ask(context.Background(), load(t, time.Second), r)
		return err
	}
	end := time.Unix(10, 0)
	require.ErrorAs(t, ask(query.Request{Expr: "1 +"}), new(*query.Error))
	require.ErrorAs(t, ask(query.Request{Expr: "m[1m]", End: end, Step: time.Second}), new(*query.Error), "upstream finds it before it evaluates")
	require.ErrorAs(t, ask(query.Request{Expr: "max_over_time(m[1y:1ms])"}), new(*query.LimitError))
	require.ErrorContains(t, ask(query.Request{Expr: "m", End: end, Step: 1}), "at least 1ms")
	require.ErrorContains(t, ask(query.Request{Expr: "m", Start: end, Step: time.Second}), "before its start")
}

func TestSupported(t *testing.T) {
	has := query.Supported(query.Options{Features: []string{query.FeatureExperimentalFunctions}})
	require.True(t, has["promql_functions"]["mad_over_time"])
	require.False(t, query.Supported(query.Options{})["promql_functions"]["mad_over_time"])
	require.True(t, query.Supported(query.Options{})["promql"]["negative_offset"])
}
