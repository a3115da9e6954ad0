package push

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A journal says how far a push has come. It is a file, replaced as a whole
// after each batch.
type journal struct {
	path string // "": none is kept
	state
}

// state is what the file holds.
type state struct {
	Version int      `json:"version"`
	Push    identity `json:"push"`
	// ShiftMS was added to all times: a push that goes on adds the same.
	ShiftMS int64 `json:"shift_ms"`
	// Batch is the number of samples in a batch.
	Batch int `json:"batch"`
	// Done is how many samples of the stream are behind us, in whole batches:
	// written, refused, or known to the server before.
	Done    int64 `json:"done"`
	Written int64 `json:"written"`
	Refused int64 `json:"refused"`
	Known   int64 `json:"known"`
	// Complete: there are no more.
	Complete bool `json:"complete"`
}

// identity tells one push from another: samples can be counted on only where
// all of it is the same.
type identity struct {
	URL      string `json:"url"` // without user and query
	Capture  string `json:"capture"`
	Scrapes  int    `json:"scrapes"`
	Targets  int    `json:"targets"`
	Start    int64  `json:"start_ms"`
	End      int64  `json:"end_ms"`
	Shard    int    `json:"shard,omitempty"`
	Shards   int    `json:"shards,omitempty"`
	Settings string `json:"settings"` // a hash of all else that decides what is sent
}

const journalVersion = 1

// A JournalError says that a journal cannot be gone on with.
type JournalError struct {
	File string
	Why  string
}

// Error says so.
func (e *JournalError) Error() string {
	return fmt.Sprintf("the journal %s cannot be gone on with: %s", e.File, e.Why)
}

// openJournal reads the journal of a push, or begins one. Resumed: there was
// one.
func openJournal(path string, fresh state) (j *journal, resumed bool, err error) {
	fresh.Version = journalVersion
	j = &journal{path: path, state: fresh}
	if path == "" {
		return j, false, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, false, j.save()
	}
	if err != nil {
		return nil, false, fmt.Errorf("the journal: %w", err)
	}
	var old state
	if err := json.Unmarshal(data, &old); err != nil {
		return nil, false, &JournalError{path, "it is damaged, or no journal: " + err.Error()}
	}
	if why := old.differs(fresh); why != "" {
		return nil, false, &JournalError{path, why}
	}
	j.state = old
	return j, true, nil
}

// differs says what makes an old state another push's; "" when nothing does.
func (old state) differs(now state) string {
	a, b := old.Push, now.Push
	switch {
	case old.Version != journalVersion:
		return fmt.Sprintf("it has version %d, and %d is what is known", old.Version, journalVersion)
	case old.Done < 0 || old.Batch < 1:
		return "it is damaged"
	case a.URL != b.URL:
		return fmt.Sprintf("it is of a push to %s, this one is to %s", a.URL, b.URL)
	case a.Shard != b.Shard || a.Shards != b.Shards:
		return fmt.Sprintf("it is of shard %s, this is %s", shardName(a.Shard, a.Shards), shardName(b.Shard, b.Shards))
	case a.Capture != b.Capture || a.Scrapes != b.Scrapes || a.Targets != b.Targets || a.Start != b.Start || a.End != b.End:
		return fmt.Sprintf("it is of the capture %s with %d scrapes of %d targets, this one is %s with %d of %d",
			a.Capture, a.Scrapes, a.Targets, b.Capture, b.Scrapes, b.Targets)
	case a.Settings != b.Settings:
		return "rules, external labels, or how the capture is read were others then"
	}
	return ""
}

func shardName(i, n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprintf("%d/%d", i, n)
}

// save writes the file as a whole: whoever reads it finds the old or the new
// one.
func (j *journal) save() error {
	if j.path == "" {
		return nil
	}
	data, err := json.MarshalIndent(j.state, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(j.path), filepath.Base(j.path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("the journal: %w", err)
	}
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), j.path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("the journal: %w", err)
	}
	return nil
}

// shift is what was added to times.
func (s state) shift() time.Duration { return time.Duration(s.ShiftMS) * time.Millisecond }
