package timeline

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"pgregory.net/rapid"
)

func matcher(t labels.MatchType, name, value string) *labels.Matcher {
	return labels.MustNewMatcher(t, name, value)
}

func TestMatchers(t *testing.T) {
	const eq, ne, re, nre = labels.MatchEqual, labels.MatchNotEqual, labels.MatchRegexp, labels.MatchNotRegexp
	tl := New()
	for _, ls := range []labels.Labels{
		labels.FromStrings("__name__", "up", "job", "a"),   // 1
		labels.FromStrings("__name__", "up", "job", "b"),   // 2
		labels.FromStrings("__name__", "up"),               // 3
		labels.FromStrings("__name__", "down", "job", "a"), // 4
		labels.FromStrings("job", "ab"),                    // 5
	} {
		tl.Series(ls)
	}
	for _, c := range []struct {
		name string // and reason
		ms   []*labels.Matcher
		want []Ref
	}{
		{"no matcher selects all", nil, []Ref{1, 2, 3, 4, 5}},
		{"upstream's matcher for all", []*labels.Matcher{matcher(eq, "", "")}, []Ref{1, 2, 3, 4, 5}},
		{"equal", []*labels.Matcher{matcher(eq, "job", "a")}, []Ref{1, 4}},
		{"equal to what nothing has", []*labels.Matcher{matcher(eq, "job", "z")}, nil},
		{"a label that nothing has", []*labels.Matcher{matcher(eq, "z", "z")}, nil},
		{"the shorter list is walked", []*labels.Matcher{matcher(eq, "__name__", "up"), matcher(eq, "job", "b")}, []Ref{2}},
		{"empty: without the label", []*labels.Matcher{matcher(eq, "job", "")}, []Ref{3}},
		{"not empty: with the label", []*labels.Matcher{matcher(ne, "job", "")}, []Ref{1, 2, 4, 5}},
		{"not equal takes in those without", []*labels.Matcher{matcher(ne, "job", "a")}, []Ref{2, 3, 5}},
		{"set", []*labels.Matcher{matcher(re, "job", "a|b")}, []Ref{1, 2, 4}},
		{"set in another order than the series, one twice", []*labels.Matcher{matcher(re, "job", "b|a|z|b")}, []Ref{1, 2, 4}},
		{"set with the empty value", []*labels.Matcher{matcher(re, "job", "b|")}, []Ref{2, 3}},
		{"regexp is anchored", []*labels.Matcher{matcher(re, "job", "a.*")}, []Ref{1, 4, 5}},
		{"regexp that the empty value satisfies", []*labels.Matcher{matcher(re, "job", "b?")}, []Ref{2, 3}},
		{"any value or none", []*labels.Matcher{matcher(re, "job", ".*")}, []Ref{1, 2, 3, 4, 5}},
		{"any value", []*labels.Matcher{matcher(re, "job", ".+")}, []Ref{1, 2, 4, 5}},
		{"no value, the long way", []*labels.Matcher{matcher(nre, "job", ".+")}, []Ref{3}},
		{"nothing at all", []*labels.Matcher{matcher(nre, "job", ".*")}, nil},
		{"not of a set", []*labels.Matcher{matcher(nre, "job", "a|b")}, []Ref{3, 5}},
		{"not of a set, but with the label", []*labels.Matcher{matcher(nre, "job", "a|b|")}, []Ref{5}},
		{"contradiction", []*labels.Matcher{matcher(eq, "job", "a"), matcher(eq, "job", "b")}, nil},
		{"two of one label", []*labels.Matcher{matcher(ne, "job", "a"), matcher(re, "job", ".+")}, []Ref{2, 5}},
		{"equal, and without another label", []*labels.Matcher{matcher(eq, "job", ""), matcher(eq, "__name__", "up")}, []Ref{3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := tl.selections.refs(c.ms); !slices.Equal(got, c.want) {
				t.Errorf("%v selects %v, want %v", c.ms, got, c.want)
			}
			if got := tl.Count(c.ms...); got != len(c.want) {
				t.Errorf("Count(%v) = %d, want %d", c.ms, got, len(c.want))
			}
		})
	}
}

// However series and questions alternate, a selection is what looking at every
// series gives.
func TestSelectionsGrow(t *testing.T) {
	name := rapid.SampledFrom([]string{"a", "b", "c"})
	val := rapid.SampledFrom([]string{"", "x", "y", "xy"})
	pattern := rapid.SampledFrom([]string{"", "x", "x|y", "x|", ".*", ".+", "x.*", "[^x]"})
	rapid.Check(t, func(t *rapid.T) {
		tl := New()
		tl.hash = func(ls labels.Labels) uint64 { return ls.Hash() % 2 }
		var asked [][]*labels.Matcher
		for range 4 {
			ms := make([]*labels.Matcher, rapid.IntRange(0, 3).Draw(t, "matchers"))
			for i := range ms {
				ms[i] = matcher(labels.MatchType(rapid.IntRange(0, 3).Draw(t, "type")), name.Draw(t, "name"), pattern.Draw(t, "pattern"))
			}
			asked = append(asked, ms)
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			for range rapid.IntRange(0, 20).Draw(t, "new series") {
				tl.Series(labels.FromMap(rapid.MapOf(name, val).Draw(t, "labels")))
			}
			ms := rapid.SampledFrom(asked).Draw(t, "asked")
			var want []Ref
			for ref := Ref(1); int(ref) <= tl.NumSeries(); ref++ {
				if matches(tl.Labels(ref), ms, -1) {
					want = append(want, ref)
				}
			}
			if got := tl.selections.refs(ms); !slices.Equal(got, want) {
				t.Fatalf("%v selects %v, want %v", ms, got, want)
			}
			slices.SortFunc(want, func(a, b Ref) int { return labels.Compare(tl.Labels(a), tl.Labels(b)) })
			if got := tl.selections.sorted(ms); !slices.Equal(got, want) {
				t.Fatalf("%v selects %v sorted, want %v", ms, got, want)
			}
		}
	})
}

func TestSelectionsAreBounded(t *testing.T) {
	tl := New()
	tl.Series(labels.FromStrings("a", "5"))
	for i := range maxSelections + 10 {
		want := 0
		if i == 5 {
			want = 1
		}
		if n := tl.Count(matcher(labels.MatchEqual, "a", fmt.Sprint(i))); n != want {
			t.Fatalf("a=%d selects %d series, want %d", i, n, want)
		}
	}
	if n := len(tl.selections.byKey); n > maxSelections {
		t.Errorf("%d selections are kept, want at most %d", n, maxSelections)
	}
	if n := tl.Count(matcher(labels.MatchEqual, "a", "5")); n != 1 {
		t.Errorf("after the cache started over: %d series, want 1", n)
	}
}

func TestMatcherKeysDiffer(t *testing.T) {
	tl := New()
	tl.Series(labels.FromStrings("a", "b"))
	for i, ms := range [][]*labels.Matcher{
		{matcher(labels.MatchEqual, "a", "b")},
		{matcher(labels.MatchNotEqual, "a", "b")},
		{matcher(labels.MatchEqual, "ab", "")},
		{matcher(labels.MatchEqual, "", "ab")},
		{matcher(labels.MatchEqual, "a", "b"), matcher(labels.MatchEqual, "a", "b")},
	} {
		tl.Count(ms...)
		if n := len(tl.selections.byKey); n != i+1 {
			t.Errorf("%v was taken for another selection", ms)
		}
	}
}

func TestSelectRange(t *testing.T) {
	tl := New()
	for name, times := range map[string][]int64{"early": {1, 2, 3}, "late": {8, 9}, "both": {1, 9}, "never": nil} {
		ref := tl.Series(labels.FromStrings("when", name))
		for _, ts := range times {
			if err := tl.Append(ref, ts, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name       string
		mint, maxt int64
		want       []string
	}{
		{"all", 0, 99, []string{"both", "early", "late"}},
		{"a bound is included", 3, 8, []string{"early", "late"}},
		{"a gap in one series, and the others outside", 4, 7, nil},
		{"before everything", -9, 0, nil},
		{"after everything", 10, 99, nil},
		{"an empty range", 5, 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			check := func(set storage.SeriesSet, how string) {
				var got []string
				for set.Next() {
					got = append(got, set.At().Labels().Get("when"))
				}
				if !slices.Equal(got, c.want) || set.Err() != nil || len(set.Warnings()) != 0 {
					t.Errorf("%s: %v, want %v (%v %v)", how, got, c.want, set.Err(), set.Warnings())
				}
			}
			check(tl.selectRange(c.mint, c.maxt), "by the querier's range")
			q, err := tl.Querier(0, 99)
			if err != nil {
				t.Fatal(err)
			}
			defer q.Close()
			check(q.Select(context.Background(), true, &storage.SelectHints{Start: c.mint, End: c.maxt}), "by the hints")
		})
	}
}

func TestLabelQueries(t *testing.T) {
	tl := New()
	tl.Series(labels.FromStrings("__name__", "up", "job", "b", "zone", "1"))
	tl.Series(labels.FromStrings("__name__", "up", "job", "a"))
	tl.Series(labels.FromStrings("__name__", "down", "job", "c"))
	q, err := tl.Querier(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	up := matcher(labels.MatchEqual, "__name__", "up")
	for _, c := range []struct {
		name                  string
		hints                 *storage.LabelHints
		ms                    []*labels.Matcher
		wantValues, wantNames []string
	}{
		{"all", nil, nil, []string{"a", "b", "c"}, []string{"__name__", "job", "zone"}},
		{"of what matches", nil, []*labels.Matcher{up}, []string{"a", "b"}, []string{"__name__", "job", "zone"}},
		{"by the label itself", nil, []*labels.Matcher{matcher(labels.MatchNotEqual, "job", "b")}, []string{"a", "c"}, []string{"__name__", "job"}},
		{"series without the label have no value", nil, []*labels.Matcher{matcher(labels.MatchEqual, "job", "")}, nil, nil},
		{"limited", &storage.LabelHints{Limit: 1}, nil, []string{"a"}, []string{"__name__"}},
		{"limited, of what matches", &storage.LabelHints{Limit: 1}, []*labels.Matcher{up}, []string{"a"}, []string{"__name__"}},
		{"a limit of 0 is none", &storage.LabelHints{}, []*labels.Matcher{up}, []string{"a", "b"}, []string{"__name__", "job", "zone"}},
	} {
		values, _, err := q.LabelValues(ctx, "job", c.hints, c.ms...)
		if err != nil || !slices.Equal(values, c.wantValues) {
			t.Errorf("%s: values %q (%v), want %q", c.name, values, err, c.wantValues)
		}
		names, _, err := q.LabelNames(ctx, c.hints, c.ms...)
		if err != nil || !slices.Equal(names, c.wantNames) {
			t.Errorf("%s: names %q (%v), want %q", c.name, names, err, c.wantNames)
		}
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

// Readers share the cache of selections; run with -race.
func TestReadersAtOnce(t *testing.T) {
	tl := New()
	for i := range 100 {
		if err := tl.Append(tl.Series(labels.FromStrings("a", fmt.Sprint(i%10), "b", fmt.Sprint(i))), 1, 1); err != nil {
			t.Fatal(err)
		}
		if i%10 != 9 {
			continue
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for a := range 10 {
					n := 0
					for set := tl.selectRange(0, 9, matcher(labels.MatchEqual, "a", fmt.Sprint(a))); set.Next(); n++ {
					}
					if n != i/10+1 {
						t.Errorf("a=%d: %d series, want %d", a, n, i/10+1)
					}
				}
			})
		}
		wg.Wait()
	}
}
