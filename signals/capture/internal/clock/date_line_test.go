package clock

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDateLines(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"C locale", "Sat Nov 21 07:10:08 UTC 2026", "2026-11-21T07:10:08.000Z"},
		{"a day of one digit", "Tue Nov  3 07:10:08 UTC 2026", "2026-11-03T07:10:08.000Z"},
		{"a zone that means one thing", "Sat Nov 21 08:10:08 CET 2026", "2026-11-21T07:10:08.000Z"},
		{"one that means several", "Sat Nov 21 07:10:08 CST 2026", "2026-11-21T07:10:08.000Z no zone"},
		{"en_US", "Sat Nov 21 07:10:08 PM UTC 2026", "2026-11-21T19:10:08.000Z"},
		{"en_US, of newer systems", "Sat 21 Nov 2026 12:10:08 AM UTC", "2026-11-21T00:10:08.000Z"},
		{"noon", "Sat 21 Nov 2026 12:10:08 PM UTC", "2026-11-21T12:10:08.000Z"},
		{"en_GB", "Sat 21 Nov 07:10:08 UTC 2026", "2026-11-21T07:10:08.000Z"},
		{"de_DE", "Sa 21. Nov 08:10:08 CET 2026", "2026-11-21T07:10:08.000Z"},
		{"de_DE in March", "Sa 21. Mär 08:10:08 CET 2026", "2026-03-21T07:10:08.000Z"},
		{"fr_FR", "sam. 21 nov. 2026 08:10:08 CET", "2026-11-21T07:10:08.000Z"},
		{"fr_FR in July", "mar. 21 juil. 2026 09:10:08 CEST", "2026-07-21T07:10:08.000Z"},
		{"es_ES", "sáb 21 nov 2026 08:10:08 CET", "2026-11-21T07:10:08.000Z"},
		{"-R", "Sat, 21 Nov 2026 08:10:08 +0100", "2026-11-21T07:10:08.000Z"},
		{"-Is", "2026-11-21T08:10:08+01:00", "2026-11-21T07:10:08.000Z"},
		{"-Ins", "2026-11-21T08:10:08,930123456+01:00", "2026-11-21T07:10:08.930Z"},
		{"--rfc-3339=seconds", "2026-11-21 08:10:08+01:00", "2026-11-21T07:10:08.000Z"},
		{"+%F %T", "2026-11-21 07:10:08", "2026-11-21T07:10:08.000Z no zone"},
		{"+%F %T %Z", "2026-11-21 08:10:08 CET", "2026-11-21T07:10:08.000Z"},
		{"+%s", "1795244469", "2026-11-21T07:01:09.000Z"},
		{"+%s.%N", "1795244469.930123456", "2026-11-21T07:01:09.930Z"},
		{"+%s%3N", "1795244469930", "2026-11-21T07:01:09.930Z"},
		{"+%s%N", "1795244469930123456", "2026-11-21T07:01:09.930Z"},
		{"with decoration", "===== Sat Nov 21 07:10:08 UTC 2026 =====", "2026-11-21T07:10:08.000Z"},
		{"as a comment", "# 2026-11-21T07:10:08Z", "2026-11-21T07:10:08.000Z"},
		{"with a word", "Date: Sat Nov 21 07:10:08 UTC 2026", "2026-11-21T07:10:08.000Z"},
		{"with an equals sign", "timestamp=1795244469", "2026-11-21T07:01:09.000Z"},
		{"no day", "Nov 07:10:08 2026 UTC", ""},
		{"31 November", "Sat Nov 31 07:10:08 UTC 2026", ""},
		{"25 o'clock", "Sat Nov 21 25:10:08 UTC 2026", ""},
		{"a sentence with a date in it", "restarted on Sat Nov 21 07:10:08 UTC 2026 by hand", ""},
		{"a sample", "a_total 1795244469", ""},
		{"a number that is no time", "12345", ""},
		{"nothing", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			ms, zoned, ok := ParseDateLine([]byte(row.in))
			got := ""
			if ok {
				got = Format(ms)
				if !zoned {
					got += " no zone"
				}
			}
			require.Equal(t, row.want, got, "%q", row.in)
		})
	}
}
