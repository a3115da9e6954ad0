package catalogue

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// shop is the list of the package's documentation.
const shop = `# Metrics of the shop, by hand.
software shop
versions 1.0..1.3,2.0
source   code "read in shop/metrics.go"
source   page "the page of metrics"
listed   1.3,2.0 from=page

shop_orders_total        1.0..1.2  counter    labels=code
shop_orders_total        1.3..     counter    labels=code,region=eu from=code,page
shop_order_seconds       ..1.3     histogram  labels= le=0.1,0.5,1,5 stability=beta
shop_order_seconds       2.0       none       renamed=shop_order_duration_seconds
shop_up                  ..        -          note="asked for, type not known"
`

func TestDocumentedList(t *testing.T) {
	c, err := Read(strings.NewReader(shop), "shop.list")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	if want := "//\t" + strings.ReplaceAll(strings.TrimSuffix(shop, "\n"), "\n", "\n//\t"); !strings.Contains(strings.ReplaceAll(string(doc), "//\n", "//\t\n"), want) {
		t.Error("the documentation shows another list")
	}
	var out bytes.Buffer
	if err := c.Write(&out); err != nil {
		t.Fatal(err)
	}
	const want = `software shop
versions 1.0..1.3,2.0
source code "read in shop/metrics.go"
source page "the page of metrics"
listed 1.3,2.0 from=page
shop_order_seconds 1.0..1.3 histogram labels= le=0.1,0.5,1,5 stability=beta
shop_order_seconds 2.0 none renamed=shop_order_duration_seconds
shop_orders_total 1.0..1.2 counter labels=code
shop_orders_total 1.3,2.0 counter labels=code,region=eu from=code,page
shop_up 1.0..1.3,2.0 - note="asked for, type not known"
`
	if out.String() != want {
		t.Errorf("written:\n%s\nwant:\n%s", &out, want)
	}
}

// Each list is the first line of a good one with some lines more.
func TestSyntaxErrors(t *testing.T) {
	const head = "software s\nversions 1.0..1.2\n"
	tests := []struct {
		name, list string
		want       string // "" when it can be read
	}{
		{"nothing", "", "l:1:1: a list begins with the line: software NAME"},
		{"comments alone", "# a\n\n", "l:3:1: a list begins with the line: software NAME"},
		{"no software", "versions 1\n", "l:1:1: a list begins with the line: software NAME"},
		{"no versions", "software s\nm 1 gauge\n", "l:2:1: the second line of a list is: versions 1.0..1.3,2.0"},
		{"versions missing at the end", "software s\n", "l:2:1: the second line of a list is: versions 1.0..1.3,2.0"},
		{"software without a name", "software\n", "l:1:9: something is missing; the line is: software NAME"},
		{"software with two names", "software a b\n", `l:1:12: "b": too much; the line is: software NAME`},
		{"software twice", head + "software t\n", "l:3:1: a list speaks of one software; this is its second"},
		{"versions twice", head + "versions 1\n", "l:3:1: the versions stand in an earlier line already"},
		{"versions that repeat", "software s\nversions 1.0..1.2,1.1\n", "l:2:19: the version 1.1 stands here twice"},
		{"a range backwards", "software s\nversions 1.2..1.0\n", "l:2:10: 1.0 is older than 1.2"},
		{"a range of what has no numbers", "software s\nversions a..b\n", `l:2:10: "a" and "b" are no two versions that differ in their last number alone`},
		{"a range over two numbers", "software s\nversions 1.0..2.3\n", `l:2:10: "1.0" and "2.3" are no two versions`},
		{"too many versions", "software s\nversions 0..1000\n", "l:2:10: more than 1000 versions"},
		{"as many as may be", "software s\nversions 0..999\n", ""},
		{"no version", "software s\nversions a/b\n", `l:2:10: "a/b" is no version`},
		{"an empty version", "software s\nversions 1,,2\n", `l:2:12: "" is no version`},
		{"a fact of another version", head + "m 1.3 gauge\n", `l:3:3: "1.3" is none of the versions, which are 1.0..1.2`},
		{"a fact of one of many", head + "m 1.0,9 gauge\n", `l:3:7: "9" is none of the versions`},
		{"a fact of no version", head + "m \"\" gauge\n", `l:3:3: "\"\"" is none of the versions`},
		{"a fact backwards", head + "m 1.2..1.0 gauge\n", "l:3:3: 1.0 is older than 1.2"},
		{"a fact cut short", head + "m 1.0\n", "l:3:6: something is missing; the line is: METRIC VERSIONS TYPE KEY=VALUE…"},
		{"a type misspelt", head + "m 1.0 guage\n", `l:3:7: "guage" is no type: did you mean gauge?`},
		{"a type that none is like", head + "m 1.0 zzzzzzzz\n", `l:3:7: "zzzzzzzz" is no type: there are none, -, counter,`},
		{"a key misspelt", head + "m 1.0 gauge lables=a\n", `l:3:13: there is no key "lables": did you mean labels?`},
		{"a key twice", head + "m 1.0 gauge labels=a labels=b\n", "l:3:22: labels stands here twice"},
		{"a key without value", head + "m 1.0 gauge labels\n", "l:3:13: hidden stands alone, all other keys are followed by = and a value"},
		{"hidden with a value", head + "m 1.0 gauge hidden=yes\n", "l:3:13: hidden stands alone"},
		{"hidden", head + "m 1.0 gauge hidden\n", ""},
		{"an empty text", head + "m 1.0 gauge note=\n", "l:3:18: note needs a value"},
		{"labels of what is not there", head + "m 1.0 none labels=a\n", "l:3:12: a metric that is not there has no labels"},
		{"a name after what is there", head + "m 1.0 gauge renamed=a\n", "l:3:13: renamed stands after the type none"},
		{"a label twice", head + "m 1.0 gauge labels=a,b,a\n", `l:3:24: the label "a" stands here twice`},
		{"a label without a name", head + "m 1.0 gauge labels=a,=b\n", "l:3:22: a label needs a name"},
		{"a label that is empty", head + "m 1.0 gauge labels=a=\n", "l:3:22: a label that is always empty is none"},
		{"bounds that fall", head + "m 1.0 histogram le=1,2,2\n", "l:3:24: 2 is not above the number before it"},
		{"a bound that is none", head + "m 1.0 histogram le=1,+Inf\n", `l:3:22: "+Inf" is no finite number`},
		{"no bounds", head + "m 1.0 histogram le=\n", `l:3:20: "" is no finite number`},
		{"a negative bound", head + "m 1.0 histogram le=-1,0,1e-3\n", ""},
		{"a source that is not told", head + "m 1.0 gauge from=x\n", "l:3:18: no line above says: source x"},
		{"a source twice", head + "source a \"\"\nsource a \"\"\n", `l:4:8: there is a source "a" already`},
		{"a source without a text", head + "source a\n", `l:3:9: something is missing; the line is: source ID "where it is from"`},
		{"a list of no source", head + "listed 1.0 from=x\n", "l:3:17: no line above says: source x"},
		{"a list of two sources", head + "source a b\nsource c d\nlisted 1.0 from=a,c\n", "l:5:17: a list has one source"},
		{"a list with another word", head + "listed 1.0 of=x\n", `l:3:12: "of": the line is: listed 1.0..1.3,2.0 from=SOURCE`},
		{"a list of another version", head + "listed 2\n", `l:3:8: "2" is none of the versions`},
		{"a version twice", head + "m 1.0..1.1 gauge\nn .. gauge\nm 1.1.. gauge\n", `l:5:3: line 3 speaks of "m" in version 1.1 already`},
		{"a quote without end", head + "m 1.0 gauge note=\"a b\n", "l:3:18: a quote that does not end"},
		{"a quote inside", head + "m 1.0 gauge note=a\"b\"\n", "l:3:18: quotes stand around the whole of a name or a value, or nowhere"},
		{"names that need quotes", head + "\"listed\" 1.0 gauge labels=\"a,b\"=\"c d\",\"x\\xff\"\n", ""},
		{"an empty name", head + "\"\" 1.0 gauge\n", "l:3:1: a metric needs a name"},
		{"a long line", head + "m 1.0 gauge note=" + strings.Repeat("x", maxLine) + "\n", "l:3:1: the line has more than 65535 bytes"},
		{"a byte order mark and CRLF", "\ufeff" + strings.ReplaceAll(head+"m 1.0 gauge\n", "\n", "\r\n"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Read(strings.NewReader(tt.list), "l")
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				checkRoundTrip(t, c)
				return
			}
			var syntax *SyntaxError
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || !errors.As(err, &syntax) {
				t.Errorf("error %v, want %s…", err, tt.want)
			}
		})
	}
}

func TestReadGoesOn(t *testing.T) {
	c, err := Read(strings.NewReader("software s\nversions 1\na 1 guage\nb 1 gauge\nc 2 gauge\n"), "l")
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("errors %v, want two", err)
	}
	if got := strings.Join(c.Names(), " "); got != "b" {
		t.Errorf("read %s, want b", got)
	}
	broken := errors.New("broken")
	if _, err := Read(iotest.ErrReader(broken), "l"); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the reader", err)
	}
	long := "software s\nversions 1\n" + strings.Repeat("#"+strings.Repeat("x", 60000)+"\n", 600)
	if _, err := Read(strings.NewReader(long), "l"); err == nil || !strings.Contains(err.Error(), "more than 33554432 bytes") {
		t.Errorf("a list of 36 MB: %v", err)
	}
}

// checkRoundTrip writes c, reads it and writes it again.
func checkRoundTrip(t testing.TB, c *Catalogue) {
	t.Helper()
	var once, twice bytes.Buffer
	if err := c.Write(&once); err != nil {
		t.Fatal(err)
	}
	again, err := Read(bytes.NewReader(once.Bytes()), "again")
	if err != nil {
		t.Fatalf("%v, of what was written:\n%s", err, &once)
	}
	if err := again.Write(&twice); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(once.Bytes(), twice.Bytes()) {
		t.Errorf("written:\n%s\nread and written:\n%s", &once, &twice)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(shop))
	f.Add([]byte("software s\nversions 0..999\nm .. gauge\nm 5 none\n"))
	f.Add([]byte("software s\nversions a,b-1..b-3\n\"a b\" a,b-2.. summary quantiles=0.5,0.9 in=x,y hidden deprecated=a labels=\"\\xff\"=\"\\n\"\n"))
	f.Add([]byte("software s\nversions 1.0,1.2,1.1,1.3\nm 1.0,1.1 gauge\nn 1.0..1.1 gauge\n"))
	f.Add([]byte("software \"s # t\"\nversions 1\nsource a \"b\"\nx 1 - from=a # c\n"))
	f.Fuzz(func(t *testing.T, list []byte) {
		c, err := Read(bytes.NewReader(list), "fuzz")
		if c == nil {
			if err == nil {
				t.Fatal("neither a catalogue nor an error")
			}
			return
		}
		checkRoundTrip(t, c)
		merged, err := Merge(c, c)
		if err != nil {
			t.Fatal(err)
		}
		if d := Contradictions(c, merged); len(d) > 0 {
			t.Errorf("a list contradicts itself: %v", d)
		}
		for _, name := range c.Names() {
			h := c.History(name)
			if len(h.Periods) == 0 || h.Periods[0].From != c.Versions[0] || h.Periods[len(h.Periods)-1].To != c.Versions[len(c.Versions)-1] {
				t.Errorf("the history of %q is not one of all versions: %+v", name, h)
			}
		}
	})
}
