package scrapeconfig

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

// Files that a configuration names are read where they lie in its folder, and
// what is not read is said.
func TestTargetFiles(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	folder := fstest.MapFS{
		"sd/a.json": file(`[{"targets": ["a:1"], "labels": {"env": "x"}}]`), "sd/b.yml": file("- targets: [b:1]\n"), "sd/c.json": file("[{"), "d.YML": file("- targets: [d:1]\n"),
		"sd/pipe.yml": {Mode: fs.ModeNamedPipe}, "big.yml": file(strings.Repeat(" ", maxTargetFile+1)), "up.yml": {Data: []byte("../x.yml"), Mode: fs.ModeSymlink},
	}
	for i := range maxTargetFiles + 1 {
		folder[fmt.Sprintf("many/%04d.yml", i)] = file("[]")
	}
	for _, row := range []struct{ name, files, want string }{
		{"one file", "sd/a.json", `a:1 {env="x"} conf/sd/a.json:0` + "\n"},
		{"a pattern", "./sd/*.yml, d.YML", "b:1 {} conf/sd/b.yml:0\nd:1 {} conf/d.YML:0\nsd/pipe.yml, which its file_sd_configs name, is not read: it is no plain file\n"},
		{"a file that two patterns name", "sd/b.yml, sd/b*.yml", "b:1 {} conf/sd/b.yml:0\n"},
		{"one with a fault", "sd/c.json", "a server reads no targets from sd/c.json: unexpected end of JSON input\n"},
		{"no such file", "none/*.json", "its file_sd_configs name none/*.json: there is no such file\n"},
		{"outside", "../x.yml, /etc/x.json", "its file_sd_configs name ../x.yml, which is not read, since it is outside of the configuration's folder: give it, if its targets matter\nits file_sd_configs name /etc/x.json, which is not read, since it is outside of the configuration's folder: give it, if its targets matter\n"},
		{"too large", "big.yml", "big.yml, which its file_sd_configs name, is not read: no more than 16 MiB of a file are read, and 64 of all\n"},
		{"too many", "many/*.yml", "its file_sd_configs name many/1000.yml and more: no more than 1000 files are read\n"},
		{"given", "given.yml, sd/b.yml", "g:1 {} given\nb:1 {} conf/sd/b.yml:0\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := Read("conf/p.yml", []byte("- job_name: j\n  file_sd_configs: [{files: ["+row.files+"]}]\n"))
			require.Empty(t, found(f))
			group := discovery.Group{Source: "given"}
			groups, err := discovery.ReadFile("given.yml", []byte("- targets: [g:1]\n"))
			require.NoError(t, err)
			group.Targets, group.Labels = groups[0].Targets, groups[0].Labels
			given := Given{Folder: func(name string) fs.FS {
				require.Equal(t, "conf/p.yml", name)
				return folder
			}}
			if row.name == "given" {
				given.Files = append(given.Files, group)
			}
			got := ""
			for _, target := range Check([]*File{f}, given).Targets {
				b := target.Public()
				got += strings.ReplaceAll(fmt.Sprintf("%s %s %s\n", target.Discovered.Get("__address__"), without(b.String()), target.Source), "  ", " ")
			}
			for _, p := range f.Findings {
				got += p.Message + "\n"
			}
			require.Equal(t, row.want, got)
		})
	}
	f := Read("p.yml", []byte("- job_name: j\n  file_sd_configs: [{files: [sd/a.json]}]\n"))
	Check([]*File{f}, Given{})
	require.Contains(t, found(f), "its file_sd_configs name sd/a.json, which was not given")
}

// without is a set of labels but instance and job, which every target has.
func without(s string) string {
	var left []string
	for _, one := range strings.Split(strings.Trim(s, "{}"), ", ") {
		if !strings.HasPrefix(one, "instance=") && !strings.HasPrefix(one, "job=") {
			left = append(left, one)
		}
	}
	return "{" + strings.Join(left, ", ") + "}"
}
