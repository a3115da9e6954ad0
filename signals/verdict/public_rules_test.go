package verdict_test

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// shared is where the captures lie that are too large for the repository.
const shared = "../../../shared"

// TestPublicRules replays the rules of testdata/rules, written after the kinds
// that are public and for every construct of PromQL, and those of all packs,
// over all captures: no rule fails that is to work, every silent one has a
// finding of statement 24, quiet has a closest approach on the safe side, and
// no sentence names what is neither in the rule nor in the capture.
func TestPublicRules(t *testing.T) {
	files, err := filepath.Glob("testdata/rules/*.yml")
	require.NoError(t, err)
	var sets []ruleSet
	all := 0
	for _, file := range files {
		set := ruleSet{name: strings.TrimSuffix(filepath.Base(file), ".yml")}
		if set.name == "experimental" {
			set.features = []string{query.FeatureExperimentalFunctions, query.FeatureBinopFillModifiers}
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		groups, errs := rules.Parse(file, text, rules.ParseOptions{Features: set.features})
		require.Nil(t, errs)
		for _, g := range groups {
			all += len(g.Rules)
		}
		set.groups = groups
		sets = append(sets, set)
	}
	require.Greater(t, all, 300)
	sets = append(sets, ruleSet{name: "packs"})
	seen := map[string]int{}
	for name, c := range allCaptures(t) {
		t.Run(name, func(t *testing.T) {
			for _, set := range sets {
				judge(t, c, set, seen)
			}
		})
	}
	t.Logf("%d rules; findings: %v", all, seen)
	if _, err := os.Stat(shared); err != nil || testing.Short() {
		return
	}
	for _, id := range silentIDs {
		require.NotZero(t, seen[id], "no rule has %s on any capture", id)
	}
}

type ruleSet struct {
	name     string
	groups   []*rules.Group // none: those of the packs
	features []string
}

// silentIDs are those of statement 24.
var silentIDs = []string{
	verdict.Failing, verdict.Unreachable, verdict.NoSeries, verdict.TooOld, verdict.RangeTooShort, verdict.CaptureTooShort, verdict.SilencedByAbsence,
	verdict.Unmatched, verdict.BornLate, verdict.IdentityChurn, verdict.NotHeld, verdict.Undefined, verdict.Quiet,
}

// allCaptures are those of the repository and those beside it.
func allCaptures(t *testing.T) map[string]*capture.Capture {
	t.Helper()
	all := map[string]*capture.Capture{}
	open := func(name string, fsys fs.FS) {
		c, err := capture.Open(fsys, name, capture.Options{})
		require.NoError(t, err, name)
		all[name] = c
	}
	_, err := os.Stat(shared)
	full := err == nil && !testing.Short()
	for _, f := range fixtures.List() {
		switch {
		case full && slices.Contains([]string{"incident", "healthy", "flaky"}, f.Name), testing.Short() && f.Format == "capture" && f.Name != "healthy":
			// The full ones hold them, or time is short.
		case f.Format == "capture":
			fsys, err := fixtures.FS(f.Name)
			require.NoError(t, err)
			open(f.Name, fsys)
		case f.IsFile() && slices.Contains([]string{"text", "openmetrics", "protobuf"}, f.Format) && !strings.HasPrefix(f.Name, "broken/"):
			body, err := fixtures.Read(f.Name)
			require.NoError(t, err)
			head := "HTTP/1.1 200 OK\r\nContent-Type: " + f.ContentType + "\r\n\r\n"
			files := fstest.MapFS{"job/i/1795245000000.prom": {Data: body}, "job/i/1795245000000.headers": {Data: []byte(head)}}
			open(f.Name, files)
			if f.Name == "client_golang-protobuf" {
				files["capture.yaml"] = &fstest.MapFile{Data: []byte("scrape_native_histograms: true\n")}
				open(f.Name+", native", files)
			}
		}
	}
	if !full {
		return all
	}
	for _, pattern := range []string{"captures/*/EVENTS.md", "cases/alerts/*/capture/*"} {
		files, err := filepath.Glob(filepath.Join(shared, pattern))
		require.NoError(t, err)
		for _, file := range files {
			dir := filepath.Dir(file)
			open(strings.TrimPrefix(dir, shared+"/"), os.DirFS(dir))
		}
	}
	singles, err := filepath.Glob(filepath.Join(shared, "captures/singles/*.prom.headers"))
	require.NoError(t, err)
	for _, file := range singles {
		if strings.Contains(file, "asked-") {
			continue // the same once more
		}
		head, err := os.ReadFile(file)
		require.NoError(t, err)
		body, err := os.ReadFile(strings.TrimSuffix(file, ".headers"))
		require.NoError(t, err)
		open("singles/"+strings.TrimSuffix(filepath.Base(file), ".headers"), fstest.MapFS{"job/i/1795245000000.prom": {Data: body}, "job/i/1795245000000.headers": {Data: head}})
	}
	return all
}

// keeper keeps the index of what there was.
type keeper struct {
	*verdict.Watcher
	names *ingest.Names
}

func (k *keeper) Done(names *ingest.Names) {
	k.names = names
	k.Watcher.Done(names)
}

// judge replays one set over one capture.
func judge(t *testing.T, c *capture.Capture, set ruleSet, seen map[string]int) {
	w := &keeper{Watcher: verdict.NewWatcher()}
	opts := replay.Options{Capture: c, Groups: set.groups, Features: set.features, Observer: w}
	var res *replay.Result
	var err error
	if set.groups == nil {
		var found *packs.Replayed
		if found, err = packs.Replay(context.Background(), opts, nil, nil); err == nil {
			res = found.Result
		}
	} else {
		res, err = replay.Run(context.Background(), opts)
	}
	require.NoError(t, err, set.name)
	why := w.Why(res)
	if c.Scrapes < 300 && len(c.Targets) > 1 || strings.Contains(c.Name, "cases/") { // TestEveryTry has more of them
		require.NoError(t, w.Try(context.Background(), why))
	}
	for i := range res.Rules {
		r := &res.Rules[i]
		where := fmt.Sprintf("%s %s%s: %s", set.name, r.Alert, r.Record, r.Expr)
		require.NotZero(t, r.Evaluations, where)
		silent := r.Verdict != replay.VerdictFiring && (r.Record == "" || r.Recorded == 0)
		if silent {
			require.NotEmpty(t, why[i], where)
			require.Contains(t, silentIDs, why[i][0].ID, where)
		}
		if r.Failed > 0 && !mayFail(r) {
			t.Errorf("%s failed at %d of %d: %s", where, r.Failed, r.Evaluations, r.Error)
		}
		for n, f := range why[i] {
			if n == 0 {
				seen[f.ID]++
			}
			if problem := w.wrong(r, set, &f); problem != "" {
				t.Errorf("%s: %s: %s: %s", where, f.ID, problem, f.Text)
			}
			for _, try := range f.Try {
				if try.Outcome == "" || try.Change == "" || try.Rule() == nil {
					t.Errorf("%s: %s: a change without an outcome: %+v", where, f.ID, try)
				}
			}
		}
	}
}

// mayFail tells whether a rule of the set is one that a server can't evaluate
// either, by its own fault.
func mayFail(r *replay.Rule) bool {
	for _, cause := range []string{
		"many-to-many matching not allowed", "multiple matches for labels", "vector contains metrics with the same labelset", "duplicate series for the match group",
		"exceeded limit of 1", "invalid label name", "vector cannot contain metrics with the same labelset", "contains metrics with the same labelset after applying",
	} {
		if strings.Contains(r.Error, cause) {
			return true
		}
	}
	return false
}

var (
	holes     = regexp.MustCompile(`%!|<nil>|(^| )(\(\)|\[\]|\{\})([ ,;:.]|$)|  | [,;.:]|,,|;;|\.\.$|\( |map\[|0001-01-01|\b(of|on|in|by|at|and) [,;.)]|\b(on on|is is|the the)\b`)
	pairOf    = regexp.MustCompile(`\b([a-zA-Z_]\w*)(?:=|=~|!=|!~)("(?:[^"\\]|\\.)*")`)
	longWord  = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9:]*_[a-zA-Z0-9_:]*`)
	quotedBit = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"")
)

// wrong says what is wrong with a finding, as far as that can be told without
// reading: its text is no sentence, or names what is neither in the rule nor in
// the capture, or its numbers contradict it. "" when nothing is.
func (k *keeper) wrong(r *replay.Rule, set ruleSet, f *verdict.Finding) string {
	written := r.Expr + r.Labels.String() + f.Expr
	for _, g := range set.groups {
		for _, rule := range g.Rules {
			written += "\x00" + rule.Name() + "\x00" + rule.Expr + rule.Annotations.String() + rule.Labels.String()
		}
	}
	prose := quotedBit.ReplaceAllString(strings.ReplaceAll(f.Text, r.Expr, "EXPR"), `"…"`)
	if err, ok := f.Evidence["error"].(string); ok { // the engine's own words
		prose = strings.ReplaceAll(prose, quotedBit.ReplaceAllString(err, `"…"`), "ERROR")
	}
	switch {
	case !strings.HasSuffix(f.Text, ".") || f.Text[0] == ' ':
		return "no sentence"
	case set.groups != nil && holes.MatchString(prose) && !holes.MatchString(f.Expr):
		return "a hole at " + holes.FindString(prose)
	case f.Expr != "" && (f.Start < 0 || f.End > len(r.Expr) || f.Start >= f.End):
		return "stands nowhere"
	}
	if problem := quietly(f); problem != "" {
		return problem
	}
	if set.groups == nil {
		return "" // what the rules of packs are called is not known here
	}
	for _, m := range pairOf.FindAllStringSubmatch(f.Text, -1) {
		made := strings.Contains(r.Expr, `"`+m[1]+`"`) // by a function, as count_values("version", …)
		if !made && !strings.Contains(written, m[2]) && !k.has(m[1], m[2]) && !strings.Contains(m[2], "…") {
			return "there is no " + m[0]
		}
	}
	for _, word := range longWord.FindAllString(strings.ReplaceAll(prose, ":", " : "), -1) {
		if !strings.Contains(written, word) && !k.names.Has(word) && !k.hasLabel(word) && !slices.Contains([]string{"for_each", "honor_timestamps", "query_offset", "target_info", "group_left", "group_right", "histogram_quantile"}, word) {
			return "there is no " + word
		}
	}
	return ""
}

// quietly tells whether what is said to have come closest lies on the safe
// side.
func quietly(f *verdict.Finding) string {
	if f.ID != verdict.Quiet {
		return ""
	}
	switch v, ok := f.Evidence["value"].(float64); {
	case ok:
		var h holder
		if err := scanThreshold(*f, &h); err != nil {
			return err.Error()
		}
		if math.IsNaN(v) || h.holds(v) {
			return fmt.Sprintf("%v lies beyond", v)
		}
	case f.Evidence["difference"] != nil, f.Evidence["right"] != nil, f.Evidence["present"] != nil:
	default:
		return "no closest approach"
	}
	return ""
}

// scanThreshold reads the threshold of a finding.
func scanThreshold(f verdict.Finding, h *holder) error {
	_, err := fmt.Sscan(f.Evidence["threshold"].(string), &h.op, &h.limit)
	return err
}

// has tells whether a label had a value in the capture, quoted as in a text.
func (k *keeper) has(label, quoted string) bool {
	for _, name := range k.names.Metrics() {
		for _, v := range k.names.Values(name, label) {
			if fmt.Sprintf("%q", v) == quoted {
				return true
			}
		}
	}
	return false
}

func (k *keeper) hasLabel(label string) bool {
	for _, name := range k.names.Metrics() {
		if all, _ := k.names.Labels(name); slices.Contains(all, label) {
			return true
		}
	}
	return label == labels.AlertName
}
