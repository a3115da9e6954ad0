package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A configuration names files: nothing outside of its folder is read, through a
// link either.
func TestTargetFilesStayInTheFolder(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	put("secret.yml", "- targets: [secret:1]\n")
	put("conf/sd/a.yml", "- targets: [good:1]\n")
	put("conf/p.yml", "- job_name: j\n  file_sd_configs: [{files: ['sd/*.yml', '../secret.yml', '"+filepath.Join(dir, "secret.yml")+"']}]\n")
	require.NoError(t, os.Symlink("../../secret.yml", filepath.Join(dir, "conf/sd/link.yml")))
	require.NoError(t, os.Symlink("a.yml", filepath.Join(dir, "conf/sd/b.yml")))
	var out, errs bytes.Buffer
	require.Zero(t, run([]string{"check", "config", filepath.Join(dir, "conf/p.yml")}, bytes.NewReader(nil), &out, &errs), errs.String())
	require.NotContains(t, out.String(), "secret:1")
	require.Contains(t, out.String(), "sd/link.yml, which its file_sd_configs name, is not read: path escapes from parent")
	require.Contains(t, out.String(), "job \"j\": 2 targets: 2 kept")
}
