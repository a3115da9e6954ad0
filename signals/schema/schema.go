// Package schema holds the JSON Schema, draft 2020-12, of what each command
// writes with --format json. A file describes one command, whole: it may be
// copied. It allows no names but its own, so that it goes with the scrapebook
// that it came with: readers should ignore names that they do not know, which
// any version may add without another number in "version".
package schema

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.json
var files embed.FS

// Commands returns the commands that have a schema, such as "check metrics",
// sorted.
func Commands() []string {
	entries, err := files.ReadDir(".")
	if err != nil { // they are in the program
		panic(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, strings.ReplaceAll(strings.TrimSuffix(e.Name(), ".json"), "-", " "))
	}
	return list
}

// Of returns the schema of a command's JSON.
func Of(command string) ([]byte, error) {
	data, err := files.ReadFile(strings.ReplaceAll(command, " ", "-") + ".json")
	if err != nil {
		return nil, fmt.Errorf("%q writes no JSON; these do: %s", command, strings.Join(Commands(), ", "))
	}
	return data, nil
}
