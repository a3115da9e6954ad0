package clock

import (
	"testing"
	"time"
)

// timeRows are the forms of a time in a name. They seed the fuzzer of
// recognise.
var timeRows = []struct{ name, in, want string }{
	{"unix seconds", "1795244469", "2026-11-21T07:01:09.000Z"},
	{"unix milliseconds", "1795244469930", "2026-11-21T07:01:09.930Z"},
	{"unix seconds with a fraction, as date +%s.%N writes them", "1795244469.930123456", "2026-11-21T07:01:09.930Z"},
	{"a fraction of two digits", "1795244469.93", "2026-11-21T07:01:09.930Z"},
	{"digits beyond milliseconds are cut, not rounded", "1795244469.9999", "2026-11-21T07:01:09.999Z"},
	{"the epoch", "0000000000", "1970-01-01T00:00:00.000Z"},
	{"nine digits could be anything", "179524446", ""},
	{"eleven digits could be anything", "17952444699", ""},
	{"microseconds come with issue 3", "1795244469930123", ""},
	{"a point without digits", "1795244469.", ""},
	{"milliseconds have no fraction", "1795244469930.5", ""},
	{"a sign", "-1795244469", ""},
	{"RFC 3339", "2026-11-21T07:01:09Z", "2026-11-21T07:01:09.000Z"},
	{"with a fraction", "2026-11-21T07:01:09.93Z", "2026-11-21T07:01:09.930Z"},
	{"with a comma, as ISO 8601 prefers", "2026-11-21T07:01:09,930Z", "2026-11-21T07:01:09.930Z"},
	{"a zone east", "2026-11-21T08:01:09+01:00", "2026-11-21T07:01:09.000Z"},
	{"a zone west, and another day", "2026-11-20T23:01:09.5-08:00", "2026-11-21T07:01:09.500Z"},
	{"a zone of half an hour", "2026-11-21T12:31:09+05:30", "2026-11-21T07:01:09.000Z"},
	{"dashes, since Windows has no colon in names", "2026-11-21T07-01-09.930Z", "2026-11-21T07:01:09.930Z"},
	{"dashes in the zone, too", "2026-11-20T23-01-09-08-00", "2026-11-21T07:01:09.000Z"},
	{"basic", "20261121T070109Z", "2026-11-21T07:01:09.000Z"},
	{"basic with fraction and zone", "20261121T080109.930+0100", "2026-11-21T07:01:09.930Z"},
	{"a zone of hours alone", "20261121T080109+01", "2026-11-21T07:01:09.000Z"},
	{"small letters", "2026-11-21t07:01:09z", "2026-11-21T07:01:09.000Z"},
	{"a blank between", "2026-11-21 07:01:09Z", "2026-11-21T07:01:09.000Z"},
	{"an underscore between", "2026-11-21_07-01-09Z", "2026-11-21T07:01:09.000Z"},
	{"no zone is UTC, and said", "2026-11-21T07:01:09", "2026-11-21T07:01:09.000Z no zone"},
	{"a basic date with an extended time", "20261121T07:01:09Z", "2026-11-21T07:01:09.000Z"},
	{"a leap second is the next minute", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
	{"29 February of a leap year", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
	{"before the epoch", "1969-12-31T23:59:59.250Z", "1969-12-31T23:59:59.250Z"},
	{"the year 0", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"},
	{"29 February of another year", "2026-02-29T00:00:00Z", ""},
	{"month 13", "2026-13-01T00:00:00Z", ""},
	{"month 0", "2026-00-01T00:00:00Z", ""},
	{"day 0", "2026-01-00T00:00:00Z", ""},
	{"hour 24", "2026-11-21T24:00:00Z", ""},
	{"minute 60", "2026-11-21T07:60:00Z", ""},
	{"second 61", "2026-11-21T07:00:61Z", ""},
	{"zone of 24 hours", "2026-11-21T07:00:00+24:00", ""},
	{"zone with 60 minutes", "2026-11-21T07:00:00+00:60", ""},
	{"before the year 0 in UTC", "0000-01-01T00:00:00+00:01", ""},
	{"after the year 9999 in UTC", "9999-12-31T23:59:59-00:01", ""},
	{"a date alone", "2026-11-21", ""},
	{"no seconds (issue 3)", "2026-11-21T07:01Z", ""},
	{"half dashed", "2026-1121T07:01:09Z", ""},
	{"half separated", "2026-11-21T07:0109Z", ""},
	{"something behind", "2026-11-21T07:01:09Zx", ""},
	{"something before", "x2026-11-21T07:01:09Z", ""},
	{"digits of another script", "２０２６-11-21T07:01:09Z", ""},
	{"empty", "", ""},
}

func TestParseTime(t *testing.T) {
	for _, row := range timeRows {
		t.Run(row.name, func(t *testing.T) {
			ms, zoned, ok := Parse(row.in)
			got := ""
			if ok {
				got = Format(ms)
				if !zoned {
					got += " no zone"
				}
			}
			if got != row.want {
				t.Errorf("%q is %q, want %q", row.in, got, row.want)
			}
		})
	}
}

// Whatever the standard library reads as RFC 3339 is the same moment here.
func TestParseTimeAgreesWithTime(t *testing.T) {
	for _, row := range timeRows {
		want, err := time.Parse(time.RFC3339Nano, row.in)
		if err != nil {
			continue
		}
		if _, offset := want.Zone(); offset >= 24*3600 || offset%3600 == 0 && row.name == "zone with 60 minutes" {
			continue // time.Parse reads +24:00 and +00:60, which RFC 3339 has not
		}
		if y := want.UTC().Year(); y < 0 || y > 9999 {
			continue
		}
		if ms, zoned, ok := Parse(row.in); !ok || !zoned || ms != want.UnixMilli() {
			t.Errorf("%q is %d, %v, %v; time.Parse gives %d", row.in, ms, zoned, ok, want.UnixMilli())
		}
	}
}
