// Package redact gives names of hosts, addresses, URLs, pods and users in
// expositions other names, the same everywhere, and leaves all else as it is.
package redact

import (
	"fmt"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kinds of names, by the labels whose values they are. A value is recognised by
// its form as well, whatever its label: see forms.go.
var kinds = map[string][]string{
	"host": {
		"host", "hostname", "host_name", "node", "nodename", "node_name", "kubernetes_node", "exported_node", "machine",
		"instance", "exported_instance", "server", "domainname", "fqdn", "peer", "remote", "remote_name", "target",
	},
	"address": {
		"address", "addr", "ip", "pod_ip", "host_ip", "node_ip", "internal_ip", "external_ip", "cluster_ip", "client_ip",
		"remote_addr", "remote_address", "local_addr", "source_ip", "destination_ip", "listen_addr",
	},
	"url":  {"url", "uri", "remote_url"},
	"pod":  {"pod", "pod_name", "exported_pod", "kubernetes_pod_name"},
	"user": {"user", "username", "user_name", "email", "account", "owner", "subject", "common_name"},
}

// redactor replaces names. It goes over everything twice: first it learns, with
// what it returns thrown away, then comes endLearning, and then it replaces.
// What stands for a name depends on the order in which names were learnt, and
// on nothing else.
type redactor struct {
	labels map[string]string // the kind of a label's values; "" keeps them
	names  map[string]*Name  // by what they were
	list   []*Name
	counts map[string]int
	ins    map[string]bool // what stands for names
	parts  *regexp.Regexp  // the names that are looked for in text, the longest first; nil before endLearning, or when there are none
}

// Name is a name and what stands for it.
type Name struct {
	Kind, Was, Became string
	Times             int // that it was replaced
}

// newRedactor returns one. It replaces also all values of labels that are in
// more, and none of those in keep.
func newRedactor(more, keep []string) *redactor {
	r := &redactor{labels: map[string]string{}, names: map[string]*Name{}, counts: map[string]int{}, ins: map[string]bool{}}
	for kind, names := range kinds {
		for _, n := range names {
			r.labels[n] = kind
		}
	}
	for _, n := range more {
		r.labels[n] = "name"
	}
	for _, n := range keep {
		r.labels[n] = ""
	}
	return r
}

// learn returns the name for what it was, a new one if need be.
func (r *redactor) learn(kind, was string) *Name {
	if n := r.names[was]; n != nil {
		return n
	}
	n := &Name{Kind: kind, Was: was}
	r.names[was] = n
	r.list = append(r.list, n)
	r.name(n)
	return n
}

// name chooses what stands for a name: nothing that is a name itself.
func (r *redactor) name(n *Name) {
	for {
		r.counts[n.Kind]++
		n.Became = standIn(n.Kind, r.counts[n.Kind])
		if r.names[n.Became] == nil && !r.ins[n.Became] {
			break
		}
	}
	r.ins[n.Became] = true
}

// known is what stands for a name that was learnt, else the name.
func (r *redactor) known(name string) string {
	if n := r.names[name]; n != nil {
		return n.use()
	}
	return name
}

// keepsHeader tells whether a response's header may be handed on. The others
// tell of servers and sessions, and nothing that reads a scrape asks for them.
func keepsHeader(name string) bool {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Content-Type", "Content-Length", "Date", "Server", "Last-Modified":
		return true
	}
	return false
}

// endLearning ends the learning.
func (r *redactor) endLearning() {
	clear(r.counts)
	clear(r.ins)
	var words []string
	for _, n := range r.list {
		n.Times = 0
		r.name(n)
		if n.distinctive() {
			words = append(words, n.Was)
		}
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	if len(words) > 0 {
		r.parts = regexp.MustCompile(strings.Join(words, "|"))
	}
}

// distinctive tells whether a name is looked for within other text: what could
// be a common word, such as etcd, a number, such as a user's, or a path, is
// not.
func (n *Name) distinctive() bool {
	if _, err := strconv.ParseFloat(n.Was, 64); err == nil {
		return false
	}
	return len(n.Was) >= minPart && n.Kind != "path" && utf8.ValidString(n.Was) && strings.ContainsAny(n.Was, "0123456789-.:@_")
}

// standIn is the nth name of a kind. Addresses become such that are set aside
// for tests (RFC 2544) and documentation (RFC 3849), so that what parses them
// still can.
func standIn(kind string, n int) string {
	switch kind {
	case "IPv4":
		return fmt.Sprintf("198.%d.%d.%d", 18+n>>16&1, n>>8&0xff, n&0xff)
	case "IPv6":
		return fmt.Sprintf("2001:db8::%x", n)
	case "MAC":
		return fmt.Sprintf("02:00:00:%02x:%02x:%02x", n>>16&0xff, n>>8&0xff, n&0xff)
	}
	return fmt.Sprintf("%s-%d", kind, n)
}

// use counts a replacement.
func (n *Name) use() string {
	n.Times++
	return n.Became
}

// minPart is how long a name must be to be looked for within other text.
const minPart = 3

// inText replaces the names that were learnt where they stand within other
// text as words.
func (r *redactor) inText(s string) string {
	if r.parts == nil {
		return s
	}
	var b strings.Builder
	at := 0
	for _, m := range r.parts.FindAllStringIndex(s, -1) {
		if m[0] < at || m[0] > 0 && isWord(s[m[0]-1]) || m[1] < len(s) && isWord(s[m[1]]) {
			continue
		}
		b.WriteString(s[at:m[0]])
		b.WriteString(r.names[s[m[0]:m[1]]].use())
		at = m[1]
	}
	b.WriteString(s[at:])
	return b.String()
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}
