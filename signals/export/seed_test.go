package export

import (
	"flag"
	"os"
	"testing"
)

// Whether a commit lands must not hang on which rules are drawn: with CI set
// the seed is fixed, and without it each run looks for more.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.seed"); os.Getenv("CI") != "" && f != nil && f.Value.String() == "0" {
		if err := f.Value.Set("1"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
