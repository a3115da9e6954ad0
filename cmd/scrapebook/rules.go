package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// registerUnknown registers --ignore-unknown-fields.
func registerUnknown(cmd *cobra.Command, ignore *bool) {
	cmd.Flags().BoolVar(ignore, "ignore-unknown-fields", false, "let fields of Thanos, Mimir or vmalert pass, as promtool's flag does; a server refuses them")
}

var errUnknownOfRules = errors.New("--ignore-unknown-fields is for --rules")

// loadRules reads rule files in any shape, which arguments name. Warnings go to
// standard error.
func loadRules(cmd *cobra.Command, args []string, parse rules.ParseOptions) ([]*rules.Group, error) {
	files, err := ruleFiles(args)
	if err != nil {
		return nil, err
	}
	parse.Warn = func(e *rules.Error) { say(cmd.ErrOrStderr(), "%s", warning(e)) }
	var groups []*rules.Group
	for _, file := range files {
		data, err := readRules(cmd, file)
		if err != nil {
			return nil, err
		}
		gs, errs := rules.ParseAny(file, data, parse)
		if len(errs) > 0 {
			err := fmt.Errorf("the rules cannot be used:\n%w", errors.Join(errs...))
			parse.IgnoreUnknownFields, parse.Warn = true, nil
			if _, others := rules.ParseAny(file, data, parse); len(others) == 0 {
				err = fmt.Errorf("%w\n--ignore-unknown-fields lets them pass", err)
			}
			return nil, err
		}
		groups = append(groups, gs...)
	}
	return groups, nil
}

// warning spells a warning where errors stand, too.
func warning(e *rules.Error) string {
	w := *e
	w.Err = fmt.Errorf("warning: %w", e.Err)
	return w.Error()
}

// maxRules bounds a rule file, in bytes.
const maxRules = 64 << 20

// readRules reads the rule file that an argument names: a path, - for standard
// input, or demo:NAME/FILE for one that comes with scrapebook. Its errors say
// what could not be read.
func readRules(cmd *cobra.Command, arg string) ([]byte, error) {
	data, err := readAll(cmd, arg)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err // the name is said once, as it was given
		}
		return nil, fmt.Errorf("cannot read the rules: %s: %w", arg, err)
	}
	return data, nil
}

func readAll(cmd *cobra.Command, arg string) ([]byte, error) {
	var f io.ReadCloser
	var err error
	switch rest, isDemo := strings.CutPrefix(arg, demoPrefix); {
	case arg == stdinName:
		f = io.NopCloser(cmd.InOrStdin())
	case isDemo:
		f, err = openDemoFile(rest)
	default:
		if info, serr := os.Stat(arg); serr == nil && info.IsDir() {
			return nil, errors.New("it is a directory: pass the files in it")
		}
		f, err = os.Open(arg)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRules+1))
	if err == nil && len(data) > maxRules {
		err = fmt.Errorf("it is larger than %d MiB", maxRules>>20)
	}
	return data, err
}

func openDemoFile(name string) (fs.File, error) {
	d, err := openDemo(name)
	if err == nil && !d.dir {
		return d.fsys.Open(d.path)
	}
	top, _, _ := strings.Cut(name, "/")
	if _, unknown := fixtures.Find(top); unknown != nil {
		return nil, err
	}
	var files []string
	for _, f := range fixtures.List() {
		if f.Format == "rules" && strings.HasPrefix(f.Name, top+"/") {
			files = append(files, demoPrefix+f.Name)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s%s holds no rule file", demoPrefix, top)
	}
	return nil, fmt.Errorf("it is no rule file: pass %s", strings.Join(files, " or "))
}
