package expfmt

import (
	"bytes"
	"os/exec"
	"testing"
)

// What go doc prints of the package fits on a screen and a half.
func TestGoDocIsShort(t *testing.T) {
	out, err := exec.Command("go", "doc").Output()
	if err != nil {
		t.Skipf("no go doc here: %v", err)
	}
	if n := bytes.Count(out, newline); n > 60 {
		t.Errorf("go doc prints %d lines, not 60 at most", n)
	}
}
