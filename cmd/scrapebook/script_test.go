package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/text/encoding/unicode"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"scrapebook": mainOfScripts})
}

// TestScript runs one script for each behaviour of the command. Beside the
// commands of testscript there are
//
//	code N scrapebook …   runs it and wants this exit code
//	unescape FILE…        makes \xNN in a file the byte
//	truncgzip FILE N      compresses FILE and keeps the first N bytes, as FILE.gz
//	pack KIND FILE…       makes a file gzip, zstd, snappy, utf16 or, without a mark, utf16-bare
func TestScript(t *testing.T) {
	if testing.Short() {
		t.Skip("each script starts processes, which takes minutes under the race detector")
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("SCRAPEBOOK_UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "unescape": unescape, "truncgzip": truncGzip, "pack": pack,
		},
	})
}

func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N scrapebook ...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		status, ok := strings.CutPrefix(err.Error(), "exit status ")
		if !ok {
			ts.Fatalf("%v", err)
		}
		got, _ = strconv.Atoi(status)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
	if stderr := ts.ReadFile("stderr"); strings.Contains(stderr, "goroutine ") || strings.Contains(stderr, "Usage:") {
		ts.Fatalf("a panic or a usage dump:\n%s", stderr)
	}
}

func unescape(ts *testscript.TestScript, _ bool, files []string) {
	for _, f := range files {
		text := ts.ReadFile(f)
		var b strings.Builder
		for {
			before, after, ok := strings.Cut(text, `\x`)
			b.WriteString(before)
			if !ok {
				break
			}
			c, err := strconv.ParseUint(after[:2], 16, 8)
			ts.Check(err)
			b.WriteByte(byte(c))
			text = after[2:]
		}
		ts.Check(os.WriteFile(ts.MkAbs(f), []byte(b.String()), 0o666))
	}
}

func truncGzip(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	_, err = zw.Write([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(zw.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".gz"), b.Bytes()[:min(n, b.Len())], 0o666))
	ts.Check(os.Remove(ts.MkAbs(args[0])))
}

func pack(ts *testscript.TestScript, _ bool, args []string) {
	for _, file := range args[1:] {
		var b bytes.Buffer
		var w io.WriteCloser
		switch args[0] {
		case "gzip":
			w = gzip.NewWriter(&b)
		case "zstd":
			w, _ = zstd.NewWriter(&b)
		case "snappy":
			w = snappy.NewBufferedWriter(&b)
		case "utf16", "utf16-bare":
			mark := unicode.UseBOM
			if args[0] == "utf16-bare" {
				mark = unicode.IgnoreBOM
			}
			text, err := unicode.UTF16(unicode.LittleEndian, mark).NewEncoder().String(ts.ReadFile(file))
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o666))
			continue
		default:
			ts.Fatalf("no kind: %s", args[0])
		}
		_, err := io.WriteString(w, ts.ReadFile(file))
		ts.Check(err)
		ts.Check(w.Close())
		ts.Check(os.WriteFile(ts.MkAbs(file), b.Bytes(), 0o666))
	}
}
