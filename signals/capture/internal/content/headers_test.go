package content

import (
	"net/textproto"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseHeaders(t *testing.T) {
	type h = textproto.MIMEHeader
	for _, row := range []struct {
		name, in string
		want     h
		status   int
	}{
		{"nothing", "", nil, 0},
		{"curl -D, HTTP/1.1", "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nDate: Sat, 21 Nov 2026 07:10:08 GMT\r\n\r\n",
			h{"Content-Type": {"text/plain; version=0.0.4"}, "Date": {"Sat, 21 Nov 2026 07:10:08 GMT"}}, 200},
		{"HTTP/2: no reason, small letters", "HTTP/2 403 \r\ncontent-type: application/json\r\n\r\n", h{"Content-Type": {"application/json"}}, 403},
		{"without a status line", "Content-Type: text/plain\n", h{"Content-Type": {"text/plain"}}, 0},
		{"the last block wins after a redirect", "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n", h{"A": {"b"}}, 200},
		{"and after 100 Continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Service Unavailable\r\n\r\n", h{}, 503},
		{"trailers belong to the block before", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nX-T: c\r\n", h{"A": {"b"}, "X-T": {"c"}}, 200},
		{"a field twice", "A: 1\nA: 2\n", h{"A": {"1", "2"}}, 0},
		{"a folded field", "A: 1\r\n  2\r\n", h{"A": {"1 2"}}, 0},
		{"a fold of nothing", "  2\r\nA: 1\r\n", h{"A": {"1"}}, 0},
		{"a value with colons, and an empty one", "A: b:c\nB:\n", h{"A": {"b:c"}, "B": {""}}, 0},
		{"nothing but lines that are no field", "nonsense\n: x\n", nil, 0},
		{"a status line alone", "HTTP/1.1 200 OK\r\n\r\n", h{}, 200},
		{"lines that are no field", "nonsense\n: x\nA: b", h{"A": {"b"}}, 0},
		{"a status that is none", "HTTP/1.1 OK\n", h{}, 0},
		{"a status below 100", "HTTP/1.1 042 X\n", h{}, 0},
		{"a status of too many digits", "HTTP/1.1 2000 X\n", h{}, 0},
		{"a status with a sign", "HTTP/1.1 +20 X\n", h{}, 0},
		{"bytes that are no UTF-8", "A: \xff\n", h{"A": {"\uFFFD"}}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			header, status := ParseHeaders([]byte(row.in))
			require.Equal(t, row.want, header)
			require.Equal(t, row.status, status)
		})
	}
}

func TestFailureText(t *testing.T) {
	meter := "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n" +
		"                                 Dload  Upload   Total   Spent    Left  Speed\n" +
		"\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\r100 94213    0 94213    0     0  18.2M      0 --:--:-- --:--:-- --:--:-- 22.4M\n"
	for _, row := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"blank lines", "\n \r\n", ""},
		{"the first line", "curl: (7) refused\nmore\n", "curl: (7) refused"},
		{"the first that says something", "\n\ncurl: (28) timed out", "curl: (28) timed out"},
		{"curl's progress meter of a good scrape", meter, ""},
		{"and before a failure", meter + "curl: (18) transfer closed\n", "curl: (18) transfer closed"},
		{"curl -v of a good scrape", "* Connected to x\n> GET /metrics HTTP/1.1\n>\n< HTTP/1.1 200 OK\n< \n{ [5 bytes data]\n} [2 bytes data]\n", ""},
		{"numbers in a message", "1 2 3 failed", "1 2 3 failed"},
		{"bytes that are no UTF-8", "a\xff", "a\uFFFD"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, FailureText([]byte(row.in)))
		})
	}
}
