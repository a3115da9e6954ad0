// Command scrapebook reads saved scrapes of Prometheus targets and says what a
// Prometheus server would have made of them. `scrapebook help` lists its
// subcommands.
//
// The exit code is 0 when all is done, 1 when what was looked for is there (a
// rule file with errors, an alert that --fail-on names), and 2 when the work
// could not be done.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the linker in a release build; without it the module's own
// is told, as the go command recorded it.
var version = ""

func ownVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "" {
		return info.Main.Version
	}
	return version
}

func main() {
	tuneGC()
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// The exit codes: 0 is done, codeFound says that what was looked for is there
// (a rule file with errors, --fail-on met), codeFailed that the work could not
// be done.
const (
	codeFound  = 1
	codeFailed = 2
)

// exit is an error that carries its exit code. A nil err prints nothing more.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// run is the whole command: args without the program's name, and the exit
// code back.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return runContext(context.Background(), args, stdin, stdout, stderr)
}

// runContext is run until a context is done, which ends what goes on for ever.
func runContext(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(withMinus(root, withVerb(root, args)))
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	code := codeFailed
	var e *exit
	if errors.As(err, &e) {
		code = e.code
	}
	// Whoever reads our output may leave, as head does: that is no news.
	if msg := err.Error(); msg != "" && !errors.Is(err, syscall.EPIPE) {
		say(stderr, "%s", msg)
	}
	return code
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "scrapebook",
		Short: "Read saved scrapes: what would Prometheus have said?",
		Long: `scrapebook works on saved /metrics output alone: no server, no TSDB, no
timestamps in the files. A CAPTURE is a directory of scrapes (such as
JOB/INSTANCE/TIME.prom; 'scrapebook inspect' shows what is understood of
another), an archive of one, one file, - for standard input, or demo:NAME for
one that comes with scrapebook.`,
		Example: `  scrapebook replay demo:incident
  scrapebook replay ./capture --rules alerts.yml
  scrapebook inspect ./capture
  scrapebook query ./capture 'rate(http_requests_total[1m])'
  scrapebook check metrics scrape.prom
  scrapebook check rules alerts.yml
  scrapebook test alerts_test.yml`,
		Version:           ownVersion(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              unknownCommand,
		ValidArgsFunction: completeCapture, // a capture may stand where the verb should
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(flagError)
	cobra.AddTemplateFunc("groupedFlags", groupedFlags)
	usage := strings.ReplaceAll(root.UsageTemplate(), "Flags:\n{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}", "{{groupedFlags .}}")
	root.SetUsageTemplate(strings.ReplaceAll(usage, ".FlagUsages", ".FlagUsagesWrapped 80") + topicsUsage())
	(&screenFlags{}).register(root)
	root.AddCommand(newReplay(), newExplain(), newQuery(), newSignals(), newInspect(), newExport(), newFlip(), newDiff(), newCheck(), newTest(), newFmt(), newGolden(), newFixtures(), newGenerate(), newRedact(), newCatalogue(), newServe(), newPush(), newRecord(), newSchema())
	root.AddCommand(manCommands()...)
	completeFlags(root)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch {
		case c.Name() == "help":
			c.Run, c.RunE, c.ValidArgsFunction = nil, help, completeHelp
		case c.HasSubCommands():
			needsCommand(c)
		}
	}
	return root
}

// withVerb puts replay before the arguments when a capture stands where the
// verb should.
func withVerb(root *cobra.Command, args []string) []string {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") && args[0] != stdinName {
		return args
	}
	if cmd, _, err := root.Find(args[:1]); err == nil && cmd != root || strings.HasPrefix(args[0], "__complete") {
		return args
	}
	_, err := os.Stat(args[0])
	if err == nil || args[0] == stdinName || strings.HasPrefix(args[0], demoPrefix) || strings.ContainsAny(args[0], `/\`) {
		return append([]string{"replay"}, args...)
	}
	return args
}
