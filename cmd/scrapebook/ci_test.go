package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// action is what we need of an action.yml.
type action struct {
	Inputs map[string]struct{ Description, Default string }
	Runs   struct {
		Using string
		Steps []struct {
			Name, If, Shell, Run, Uses string
			Env                        map[string]string
		}
	}
}

// hook is what we need of an entry of .pre-commit-hooks.yaml.
type hook struct{ ID, Name, Entry, Language, Files, Exclude string }

// readYAML reads a file at the top of the repository. What it does not know is
// no mistake.
func readYAML(t *testing.T, into any, path ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into))
}

// The steps of the GitHub action and the hooks of pre-commit do what they say,
// as far as that can be seen without GitHub: their scripts are run with the
// command, and with what GitHub puts into the environment.
func TestActionAndHooks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	var a action
	readYAML(t, &a, ".github", "actions", "check", "action.yml")
	require.Equal(t, "composite", a.Runs.Using)
	scripts := map[string]string{}
	used := map[string]bool{}
	input := regexp.MustCompile(`^\$\{\{ inputs\.(\w+) \}\}$`)
	for _, step := range a.Runs.Steps {
		require.Empty(t, step.Uses, "nothing else is downloaded")
		require.Equal(t, "bash", step.Shell, step.Name)
		require.NotContains(t, step.Run, "${{", "what is put into a script could be one: it comes by the environment")
		for _, value := range step.Env {
			m := input.FindStringSubmatch(value)
			require.NotNil(t, m, value)
			used[m[1]] = true
		}
		scripts[step.Name+".sh"] = step.Run
	}
	for name, in := range a.Inputs {
		require.True(t, used[name], "no step uses %s", name)
		require.NotEmpty(t, in.Description)
	}
	require.Contains(t, scripts["build.sh"], `cd "$GITHUB_ACTION_PATH/../../.."`)
	require.FileExists(t, filepath.Join("..", "..", ".github", "actions", "check", "..", "..", "..", "cmd", "scrapebook", "main.go"), "what that step builds")

	var hooks []hook
	readYAML(t, &hooks, ".pre-commit-hooks.yaml")
	for _, h := range hooks {
		require.Equal(t, "golang", h.Language)
		_, err := regexp.Compile(h.Files)
		require.NoError(t, err)
		scripts[h.ID+".sh"] = h.Entry + ` "$@"` + "\n"
	}
	script, err := os.ReadFile(filepath.Join("testdata", "ci", "action.txtar"))
	require.NoError(t, err)
	for name := range scripts {
		require.True(t, name == "build.sh" || strings.Contains(string(script), "-e "+name), "%s is not tried", name)
	}
	testscript.Run(t, testscript.Params{
		Files: []string{filepath.Join("testdata", "ci", "action.txtar")},
		Setup: func(env *testscript.Env) (err error) {
			for name, text := range scripts {
				err = errors.Join(err, os.WriteFile(filepath.Join(env.WorkDir, name), []byte(text), 0o600))
			}
			return err
		},
	})
}

// Which files the hooks are for.
func TestHooksFiles(t *testing.T) {
	var hooks []hook
	readYAML(t, &hooks, ".pre-commit-hooks.yaml")
	for file, want := range map[string]string{
		"testdata/metrics.prom": "scrapebook-check-metrics",
		"alerts.yml":            "scrapebook-check-rules",
		"deploy/my-rules.yaml":  "scrapebook-check-rules",
		"alerts_test.yml":       "scrapebook-test",
		"rules/test.yaml":       "scrapebook-test",
		"latest.yaml":           "",
		"alerts-latest.yaml":    "scrapebook-check-rules",
		"a/rules/x.yaml":        "",
		"values.yaml":           "",
		"metrics.prom.policy":   "",
	} {
		got := ""
		for _, h := range hooks {
			if regexp.MustCompile(h.Files).MatchString(file) && (h.Exclude == "" || !regexp.MustCompile(h.Exclude).MatchString(file)) {
				got += h.ID
			}
		}
		require.Equal(t, want, got, file)
	}
}
