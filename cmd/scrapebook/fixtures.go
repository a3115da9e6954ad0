package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

func newFixtures() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fixtures",
		Short: "List, print and unpack the captures and expositions that come along",
		Long: `Fixtures are the captures and single expositions that come with scrapebook:
real ones, made up ones, and one broken in each way that check metrics knows.
demo:NAME names them where another command takes a CAPTURE or FILE; for tests
in Go they are the package fixtures.`,
		Example: `  scrapebook fixtures list
  scrapebook fixtures list broken
  scrapebook fixtures cat broken/duplicate-series
  scrapebook fixtures extract incident -o ./incident
  scrapebook inspect demo:etcd`,
	}
	cmd.AddCommand(newFixturesList(), newFixturesCat(), newFixturesExtract())
	return cmd
}

type fixturesListFlags struct {
	all    bool
	format string
	out    output
}

func newFixturesList() *cobra.Command {
	var f fixturesListFlags
	cmd := &cobra.Command{
		Use:   "list [NAME]",
		Short: "List what there is",
		Long: `List what comes with scrapebook. Without NAME what stands by itself: of the
article and of the gallery of broken expositions NAME shows the parts, and --all
shows everything. Sizes are in bytes, unpacked. --format json has also where
each comes from, and its licence.`,
		Example: `  scrapebook fixtures list
  scrapebook fixtures list article
  scrapebook fixtures list --all --format json`,
		Args:              arguments(0, 1, ""),
		ValidArgsFunction: completeFixture,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, strings.Join(args, "")) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVar(&f.all, "all", false, "everything, the parts of the article and of the gallery too")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the list: text or json")
	f.out.register(cmd)
	completeValues(cmd, "format", "text", "json")
	return cmd
}

func (f *fixturesListFlags) run(cmd *cobra.Command, name string) error {
	if err := oneOf(cmd, "format", f.format, "text", "json"); err != nil {
		return err
	}
	if name != "" {
		if _, err := fixtures.Find(name); err != nil {
			return unknownFixture(err, "")
		}
	}
	var list []fixtures.Fixture
	parts := 0 // that are not shown
	for _, x := range fixtures.List() {
		switch {
		case name != "" && x.Name != name && !strings.HasPrefix(x.Name, name+"/"):
		case name == "" && !f.all && strings.Contains(x.Name, "/"):
			parts++
		default:
			list = append(list, x)
		}
	}
	return f.out.write(cmd, func(w io.Writer) error {
		if f.format == "json" {
			return writeFixturesJSON(w, list)
		}
		text := fixturesTable(list, widthOf(cmd, w))
		if parts > 0 {
			text += terminal.Fold(fmt.Sprintf("and %d parts of article and broken: 'scrapebook fixtures list NAME' or --all", parts), widthOf(cmd, w), 2) + "\n"
		}
		_, err := io.WriteString(w, text)
		return err
	})
}

// fixturesTable is as wide as the screen: what a fixture shows is folded.
func fixturesTable(list []fixtures.Fixture, width int) string {
	t := terminal.Table{Width: width, Columns: []terminal.Column{
		{Head: "NAME"}, {Head: "FORMAT", Yield: 2}, {Head: "SIZE", Right: true, Yield: 1}, {Head: "SHOWS", Least: 12, Yield: 3},
	}}
	for _, x := range list {
		t.Row(x.Name, x.Format, strconv.FormatInt(x.Size, 10), x.Shows)
	}
	return t.String()
}

type fixtureList struct {
	Fixtures []fixtureInfo `json:"fixtures"`
}

// fixtureInfo is a fixture as JSON shows it.
type fixtureInfo struct {
	Name        string `json:"name"`
	Format      string `json:"format"`
	Bytes       int64  `json:"bytes"`
	ContentType string `json:"content_type,omitempty"`
	Shows       string `json:"shows"`
	Source      string `json:"source"`
}

func writeFixturesJSON(w io.Writer, list []fixtures.Fixture) error {
	out := fixtureList{make([]fixtureInfo, len(list))}
	for i, x := range list {
		out.Fixtures[i] = fixtureInfo{x.Name, x.Format, x.Size, x.ContentType, x.Shows, x.Source}
	}
	return terminal.EncodeJSON(w, out)
}

func newFixturesCat() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "cat NAME",
		Short: "Print one file, byte for byte",
		Long: `Print one file, byte for byte: a single exposition, or as NAME/PATH a file of a
capture. What is no plain text is not written to a terminal, unless -o - asks
for it.`,
		Example: `  scrapebook fixtures cat broken/duplicate-series
  scrapebook fixtures cat incident/EVENTS.md
  scrapebook fixtures cat node_exporter-protobuf -o node.pb`,
		Args:              arguments(1, 1, ""),
		ValidArgsFunction: completeFixture,
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := fixtures.Read(args[0])
			if errors.Is(err, fs.ErrInvalid) {
				return severalFiles(args[0])
			}
			if err != nil {
				return unknownFixture(err, "")
			}
			if out.path == "" && isTerminal(cmd.OutOrStdout()) && !isPlain(data) {
				return fmt.Errorf("%s is no plain text, and could disturb the terminal: -o FILE writes it to a file, -o - here all the same", args[0])
			}
			return out.write(cmd, func(w io.Writer) error {
				_, err := w.Write(data)
				return err
			})
		},
	}
	out.register(cmd)
	return cmd
}

func severalFiles(name string) error {
	if _, err := fixtures.Find(name); err != nil {
		return fmt.Errorf("%s is no file: NAME/PATH names one of a capture, as incident/EVENTS.md", name)
	}
	return fmt.Errorf("%s is several files: 'scrapebook fixtures extract %s -o DIR' writes them, and %s/PATH names one", name, name, name)
}

// isPlain tells whether a terminal shows text as it is.
func isPlain(data []byte) bool {
	return utf8.Valid(data) && !strings.ContainsFunc(string(data), func(r rune) bool {
		return r != '\n' && r != '\t' && !unicode.IsPrint(r)
	})
}

func newFixturesExtract() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "extract NAME -o DIR",
		Short: "Write the files of a fixture into a folder",
		Long: `Write all files of a capture or folder into DIR, a new folder or an empty one; of
a single exposition the file and its response headers.`,
		Example: `  scrapebook fixtures extract incident -o ./incident
  scrapebook fixtures extract broken -o ./broken`,
		Args:              arguments(1, 1, ""),
		ValidArgsFunction: completeFixture,
		RunE: func(cmd *cobra.Command, args []string) error {
			fsys, err := fixtures.FS(args[0])
			if err != nil {
				return unknownFixture(err, "")
			}
			if dir == "" {
				return errors.New("extract needs -o DIR, the folder to write into")
			}
			n, err := writeTree(fsys, dir)
			if err != nil {
				return err
			}
			say(cmd.ErrOrStderr(), "wrote %s: %s", dir, terminal.Plural(n, "file", "files"))
			return nil
		},
	}
	cmd.Flags().StringVarP(&dir, "output", "o", "", "`DIR` for the files: a new folder, or an empty one")
	return cmd
}

// unknownFixture says in the command's words what fixtures says of a name; the
// prefix stands before each name.
func unknownFixture(err error, prefix string) error {
	unknown := (*fixtures.UnknownError)(nil)
	if !errors.As(err, &unknown) {
		return err
	}
	names, say, end := unknown.Near, "did you mean", "?"
	if len(names) == 0 {
		var all []string
		for _, f := range fixtures.List() {
			all = append(all, f.Name)
		}
		if w := likeWord(unknown.Name, all); w != "" {
			names = []string{w}
		}
	}
	if len(names) == 0 {
		say, end = "it is one of", ", or another of 'scrapebook fixtures list'"
		for _, f := range fixtures.List() {
			if f.Format == "capture" {
				names = append(names, f.Name)
			}
		}
	}
	return &renamed{err, fmt.Sprintf("there is no %s%s: %s %s%s", prefix, unknown.Name, say, prefix+strings.Join(names, ", "+prefix), end)}
}
