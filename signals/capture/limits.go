package capture

import (
	"cmp"
	"fmt"

	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// Limits bound what is read of an archive: .tar, .tar.gz, .tar.zst or .zip.
// Zero or less means the default, which keeps a hostile archive below 200 MB of
// memory. All archives of a folder share them; for the rest a folder knows no
// limits but Options.MaxBody.
type Limits struct {
	// MaxMember bounds one file of the archive in bytes, decompressed; a larger
	// one is a scrape with an Err, and a problem. By default Options.MaxBody
	// when that is set, else 32 MiB. Options.MaxBody, when it is not set, is
	// MaxMember for the scrapes of an archive: a body may be compressed within
	// it.
	MaxMember int64
	// MaxTotal bounds all that is decompressed, in bytes; by default 16 GiB.
	// More is a *LimitError. An archive within the archive may have a sixteenth
	// of it, more is a problem.
	MaxTotal int64
	// MaxMembers bounds how many files, folders and others there are; by
	// default 1,000,000. More is a *LimitError.
	MaxMembers int
	// MaxHeld bounds what is kept in memory, in bytes: the files, compressed
	// again, and 512 bytes and the name for each of them. By default 64 MiB,
	// which is some 600 MB of real scrapes. More is a *LimitError: unpack such
	// an archive.
	MaxHeld int64
}

// A LimitError says that an archive is larger than Options.Limits allow, so
// that it was not read to its end.
type LimitError struct {
	Name  string // of the archive
	Limit string // the name of the field of Limits
	Max   int64  // its value

	option string // what raises it
}

func (e *LimitError) Error() string {
	what := map[string]string{
		"MaxTotal":   "decompresses to more than %d bytes",
		"MaxMembers": "has more than %d members",
		"MaxHeld":    "does not fit into %d bytes of memory, compressed",
	}[e.Limit]
	return fmt.Sprintf("%s: the archive "+what+"; unpack it and pass the folder, or raise the limit %s", message.Show(e.Name), e.Max, cmp.Or(e.option, "("+e.Limit+")"))
}
