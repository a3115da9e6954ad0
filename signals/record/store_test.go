package record

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// The test binary records when it is told to, so that it can be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("RECORD_INTO"); dir != "" {
		recordFor(dir, os.Getenv("RECORD_FROM"))
	}
	os.Exit(m.Run())
}

func recordFor(dir, from string) {
	var args []string
	for i := range 20 {
		args = append(args, fmt.Sprintf("%s/%s/%d", from, []string{"good", "fail"}[i%2], i))
	}
	targets, err := URLs(args, nil, "", Request{})
	if err != nil {
		panic(err)
	}
	r, err := New(Options{Dir: dir, Targets: targets, Every: 40 * time.Millisecond, Zstd: os.Getenv("RECORD_ZSTD") != ""})
	if err != nil {
		panic(err)
	}
	for i := range targets { // without the wait for a whole second
		go r.loop(context.Background(), context.Background(), i, time.Now())
	}
	time.Sleep(time.Minute)
	os.Exit(1)
}

// After kill -9 at any moment every file is whole or absent, a recording into
// the folder goes on, and all of it is read. SCRAPEBOOK_KILLS sets how often.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes, in which the race detector sees nothing")
	}
	server := metrics(t)
	dir := t.TempDir()
	kills := 10
	fmt.Sscan(os.Getenv("SCRAPEBOOK_KILLS"), &kills)
	random := rand.New(rand.NewPCG(1, 2))
	scrapes := 0
	for n := range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "RECORD_INTO="+dir, "RECORD_FROM="+server.URL)
		if n%2 == 1 {
			cmd.Env = append(cmd.Env, "RECORD_ZSTD=1")
		}
		require.NoError(t, cmd.Start())
		before := answers(dir)
		for start := time.Now(); time.Since(start) < 20*time.Second && answers(dir) == before; {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		cmd.Wait()
		c, err := capture.Open(os.DirFS(dir), "c", capture.Options{})
		require.NoError(t, err)
		require.Greater(t, c.Scrapes, scrapes)
		scrapes = c.Scrapes
		if n == kills-1 {
			require.Len(t, c.Targets, 20)
		}
		for s := c.Stream(); s.Next(); {
			sc := s.Scrape()
			require.NoError(t, sc.Err, sc.File)
			odd := strings.Contains(sc.Target.Labels.Get("metrics_path"), "fail")
			switch slow := strings.HasPrefix(sc.Failure, "no whole answer within"); {
			case slow: // on a busy machine
			case odd:
				require.Equal(t, "server returned HTTP status 500 Internal Server Error", sc.Failure, sc.File)
			default:
				require.Empty(t, sc.Failure)
				require.Regexp(t, `^# TYPE a_total counter\na_total \d+\n$`, string(sc.Body), sc.File)
			}
		}
	}
}

// answers counts the scrapes in a folder that were answered.
func answers(dir string) int {
	list, _ := filepath.Glob(filepath.Join(dir, "*", "*", "[0-9]*.headers"))
	return len(list)
}

func saveAt(t *testing.T, s *store, stem string, ms int64, body, failure string) {
	d, err := s.draft(stem)
	require.NoError(t, err)
	_, err = d.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, s.save(stem, ms, answer{body: true, failure: failure, status: "HTTP/1.1 200 OK", header: http.Header{"A": {"b"}}}, d))
}

// With a bound the oldest scrapes go, whole, those of earlier recordings first.
func TestMaxDisk(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "j", "i")
	require.NoError(t, os.MkdirAll(folder, 0o777))
	at := func(n int) (string, int64) {
		ms := 1795244469000 + int64(n)*1000
		return filepath.Join(folder, fmt.Sprint(ms)), ms
	}
	s := &store{dir: dir}
	for n := range 3 {
		stem, ms := at(n)
		saveAt(t, s, stem, ms, strings.Repeat("x", 100), "")
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, ".1795244469000.prom.tmp"), []byte("half"), 0o666))
	s = &store{dir: dir, max: 500, zstd: false}
	newest, err := s.begin([]string{"j/k"})
	require.NoError(t, err)
	require.Equal(t, []int64{0}, newest)
	require.Equal(t, int64(3*(100+25)), s.size)
	for n := 3; n < 6; n++ {
		stem, ms := at(n)
		saveAt(t, s, stem, ms, strings.Repeat("x", 100), "why")
	}
	require.LessOrEqual(t, s.size, int64(500))
	all := files(t, dir)
	sum := 0
	for name, text := range all {
		sum += len(text)
		require.NotContains(t, name, "tmp")
	}
	require.Equal(t, int(s.size), sum)
	require.Equal(t, 3, s.removed)
	require.NotContains(t, all, "j/i/1795244471000.prom")
	require.Contains(t, all, "j/i/1795244472000.err")
	stem, ms := at(6)
	saveAt(t, s, stem, ms, strings.Repeat("x", 1000), "")
	require.Len(t, files(t, dir), 2, "the newest stays, however large it is")
}

// What was recorded before stays; what somebody else put there is not touched.
func TestAgain(t *testing.T) {
	target := func(job, instance string, more ...string) *Target {
		return &Target{Job: job, Labels: labels.FromStrings(append([]string{model.JobLabel, job, model.InstanceLabel, instance}, more...)...), URL: "http://127.0.0.1:1/"}
	}
	dir := t.TempDir()
	long := strings.Repeat("x", 300)
	_, err := New(Options{Dir: dir, Targets: []*Target{target("a", "h:1"), target("a", "h:1", "zone", "b"), target("a", "H:1"), target("..", ".."), target("metrics", long)}, Every: time.Second})
	require.NoError(t, err)
	b := target("b", "h:2")
	b.Interval, b.Settings = 3*time.Second, map[string]any{"honor_labels": true}
	b.Labels = labels.FromStrings("instance", "h:2", "zone", "c")
	r, err := New(Options{Dir: dir, Targets: []*Target{b}, Every: 2 * time.Second})
	require.NoError(t, err)
	at := time.Now()
	require.True(t, r.at(0, at, at).Before(r.at(0, at, at)), "two scrapes have two times, whatever the clock says")
	for i, folder := range []string{"a/h%3A1", "a/h%3A1 (2)", "a/H%3A1-2", "%2E%2E/%2E%2E", "%6Detrics/" + capture.FolderName(long), "b/h%3A2"} {
		require.DirExists(t, filepath.Join(dir, folder))
		require.NoError(t, os.WriteFile(filepath.Join(dir, folder, fmt.Sprintf("179524446993%d.prom", i)), []byte("a 1\n"), 0o666))
	}
	c, err := capture.Open(os.DirFS(dir), "c", capture.Options{})
	require.NoError(t, err)
	require.Empty(t, c.Problems)
	var got []string
	for _, t := range c.Targets {
		got = append(got, fmt.Sprintf("%s %s %s %s %v", t.Job, t.Instance, t.Labels, t.Interval, t.HonorLabels))
	}
	require.Equal(t, []string{
		` h:2 {zone="c"} 3s true`,
		`.. .. {} 2s false`,
		`a H:1 {} 2s false`,
		`a h:1 {} 2s false`,
		`a h:1 {zone="b"} 2s false`,
		`metrics ` + long + ` {} 2s false`,
	}, got)

	for _, row := range []struct{ name, reason, file, text, want string }{
		{"other files", "they may be anything", "notes.txt", "", "is not empty (notes.txt)"},
		{"other settings", "somebody wrote them", "capture.yaml", "job: a\n", "has a capture.yaml that no recording wrote"},
		{"damaged", "what it says would be lost", "capture.yaml", manifestHead + "\n:::{", "yaml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, row.file), []byte(row.text), 0o666))
			_, err := New(Options{Dir: dir, Targets: []*Target{target("a", "b")}})
			require.ErrorContains(t, err, row.want, row.reason)
		})
	}
}
