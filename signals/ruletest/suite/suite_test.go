package suite_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
)

// run runs test files, and wants no error but those in the result.
func run(t testing.TB, opts suite.Options, files ...string) *suite.Result {
	t.Helper()
	res, err := suite.Run(context.Background(), files, opts)
	require.NoError(t, err)
	require.Len(t, res.Files, len(files))
	return res
}

// golden compares a text with a file, which SCRAPEBOOK_UPDATE writes.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("SCRAPEBOOK_UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o666))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, file)
}

// What a failure looks like: place, alert, expected and got, and why.
func TestFailureTexts(t *testing.T) {
	files := []string{
		"other-label", "quiet", "no-series", "pending", "unmatched", "samples", "for-nothing", "unusable", "rule-fails", "capture", "keys",
	}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			file := "testdata/failures/" + name + ".yml"
			res := run(t, suite.Options{}, file)
			require.True(t, res.Failed())
			require.Equal(t, name == "unusable" || name == "keys", res.Unusable())
			require.NoError(t, suite.Text{Width: 80}.Report(&b, res))
			golden(t, strings.TrimSuffix(file, ".yml")+".txt", b.String())
		})
	}
}

// The formats of one result, which holds one of each: a file that cannot be
// used, one that fails, one that passes.
func TestFormats(t *testing.T) {
	res := run(t, suite.Options{}, "testdata/failures/unusable.yml", "testdata/failures/for-nothing.yml", "testdata/failures/samples.yml", "testdata/promtool/records.yml", "testdata/failures/none.yml")
	for name, report := range map[string]func(*strings.Builder) error{
		"json":   func(b *strings.Builder) error { return suite.JSON{}.Report(b, res) },
		"github": func(b *strings.Builder) error { return suite.GitHub{}.Report(b, res) },
		"junit":  func(b *strings.Builder) error { return suite.JUnit{}.Report(b, res) },
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, report(&b))
			golden(t, "testdata/formats/"+name, b.String())
		})
	}
}

// With --compat promtool all test files come to what promtool recorded of them.
// The module signals/internal/oracle asks promtool itself.
func TestRecordedOutcomes(t *testing.T) {
	files, err := filepath.Glob("testdata/promtool/*.yml")
	require.NoError(t, err)
	require.Greater(t, len(files), 60)
	var b strings.Builder
	for _, f := range run(t, suite.Options{Compat: suite.CompatPromtool}, files...).Files {
		b.WriteString(strings.TrimPrefix(f.Name, "testdata/promtool/") + ":")
		if len(f.Errors) > 0 {
			b.WriteString(" cannot be used")
		}
		for i, one := range f.Tests {
			b.WriteString(map[bool]string{true: " ", false: ", "}[i == 0] + one.Name + map[bool]string{true: " passes", false: " fails"}[len(one.Failures) == 0])
		}
		b.WriteString("\n")
	}
	want, err := os.ReadFile("testdata/promtool/outcomes.txt")
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

// The result is the same with any number of workers.
func TestWorkers(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.yml")
	require.NoError(t, err)
	var texts []string
	for _, n := range []int{1, 5} {
		var b strings.Builder
		require.NoError(t, suite.JSON{}.Report(&b, run(t, suite.Options{Workers: n}, files...)))
		texts = append(texts, b.String())
	}
	require.Equal(t, texts[0], texts[1])
}

// Left zero, the options run nothing of no files; what is unknown is an error.
func TestZeroOptions(t *testing.T) {
	res := run(t, suite.Options{})
	require.False(t, res.Failed())
	require.Zero(t, res.Tests())
	_, err := suite.Run(context.Background(), nil, suite.Options{Compat: "vmalert"})
	require.ErrorContains(t, err, `unknown compatibility "vmalert"`)
	_, err = suite.Run(context.Background(), nil, suite.Options{Features: []string{"none"}})
	require.ErrorContains(t, err, "none")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = suite.Run(ctx, []string{"testdata/promtool/records.yml"}, suite.Options{})
	require.ErrorIs(t, err, context.Canceled)
	for _, report := range []func(*strings.Builder) error{
		func(b *strings.Builder) error { return suite.Text{}.Report(b, &suite.Result{}) },
		func(b *strings.Builder) error { return suite.JSON{}.Report(b, &suite.Result{}) },
		func(b *strings.Builder) error { return suite.GitHub{}.Report(b, &suite.Result{}) },
		func(b *strings.Builder) error { return suite.JUnit{}.Report(b, &suite.Result{}) },
	} {
		var b strings.Builder
		require.NoError(t, report(&b))
	}
}
