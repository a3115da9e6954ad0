package redact

import (
	"net"
	"net/netip"
	"regexp"
	"strings"
)

var (
	ipv4Like  = regexp.MustCompile(`(?:\b|_)(?:\d{1,3}\.){3}\d{1,3}\b`)
	ipv6Like  = regexp.MustCompile(`(?i)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%[0-9a-z]+)?`)
	macLike   = regexp.MustCompile(`(?i)^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$`)
	urlLike   = regexp.MustCompile(`\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'<>]+`)
	mailLike  = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	localName = regexp.MustCompile(`(?i)^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.(?:local|internal|lan|corp|home|intranet|svc|amazonaws\.com|googleusercontent\.com)\.?$`)
	homeLike  = regexp.MustCompile(`(/home/|/Users/|\\Users\\)([^/\\\s]+)`)
)

// public names say nothing of anybody.
var public = map[string]bool{
	"": true, "localhost": true, "127.0.0.1": true, "::1": true, "0.0.0.0": true, "::": true,
	"unknown": true, "none": true, "all": true, "<none>": true, "true": true, "false": true,
}

// value is what stands for the value of a label.
func (r *redactor) value(label, v string) string {
	kind, listed := r.labels[label]
	switch {
	case listed && kind == "", public[v]:
		return v
	case urlLike.MatchString(v) && strings.HasPrefix(urlLike.FindString(v), v):
		return r.url(v)
	}
	if out, ok := r.address(v); ok {
		return out
	}
	switch {
	case macLike.MatchString(v):
		return r.learn("MAC", v).use()
	case localName.MatchString(v):
		return r.learn("host", v).use()
	case listed && kind == "url":
		return r.path(v)
	case listed && kind == "address":
		return r.host(v)
	case listed && kind == "host":
		return r.host(v)
	case listed && kind == "pod", listed && kind == "user", listed && kind == "name":
		return r.learn(kind, v).use()
	}
	return r.text(v)
}

// host is what stands for HOST or HOST:PORT.
func (r *redactor) host(v string) string {
	if out, ok := r.address(v); ok {
		return out
	}
	if h, port, err := net.SplitHostPort(v); err == nil && isNumber(port) {
		return r.host(h) + ":" + port
	}
	if public[v] {
		return v
	}
	return r.learn("host", v).use()
}

// address is what stands for an IP address, with or without a port or the bits
// of a prefix; ok is false when v is none.
func (r *redactor) address(v string) (out string, ok bool) {
	if ap, err := netip.ParseAddrPort(v); err == nil {
		host := r.ip(ap.Addr())
		if ap.Addr().Is6() {
			host = "[" + host + "]"
		}
		return host + v[strings.LastIndexByte(v, ':'):], true
	}
	if ip, bits, found := strings.Cut(v, "/"); found && isNumber(bits) {
		if a, err := netip.ParseAddr(ip); err == nil {
			return r.ip(a) + "/" + bits, true
		}
	}
	if a, err := netip.ParseAddr(v); err == nil {
		return r.ip(a), true
	}
	return v, false
}

func (r *redactor) ip(a netip.Addr) string {
	if a.IsLoopback() || a.IsUnspecified() {
		return a.String()
	}
	kind := "IPv6"
	if a.Is4() {
		kind = "IPv4"
	}
	return r.learn(kind, a.String()).use()
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// url is what stands for a URL: its scheme and port stay, all else gets other
// names, such that different URLs stay different.
func (r *redactor) url(v string) string {
	scheme, rest, _ := strings.Cut(v, "://")
	at := strings.IndexAny(rest, "/?#")
	if at < 0 {
		at = len(rest)
	}
	host, path := rest[:at], rest[at:]
	user := ""
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		user, host = r.learn("user", host[:i]).use()+"@", host[i+1:]
	}
	return scheme + "://" + user + r.host(host) + r.path(path)
}

// path is what stands for the path of a URL, and what follows it.
func (r *redactor) path(p string) string {
	if strings.Trim(p, "/") == "" {
		return p
	}
	return "/" + r.learn("path", p).use()
}

// text replaces in free text what is known or looks like an address, a URL, a
// mail address or a home directory.
func (r *redactor) text(s string) string {
	if len(s) < minPart {
		return s
	}
	if strings.Contains(s, "://") {
		s = urlLike.ReplaceAllStringFunc(s, r.url)
	}
	if strings.IndexByte(s, '@') >= 0 {
		s = mailLike.ReplaceAllStringFunc(s, func(m string) string { return r.learn("user", m).use() })
	}
	if strings.Count(s, ".") >= 3 {
		s = ipv4Like.ReplaceAllStringFunc(s, r.found)
	}
	if strings.Count(s, ":") >= 2 {
		s = ipv6Like.ReplaceAllStringFunc(s, r.found)
	}
	if strings.Contains(s, "/home/") || strings.Contains(s, "Users") {
		s = homeLike.ReplaceAllStringFunc(s, func(m string) string {
			at := strings.LastIndexAny(m, `/\`) + 1
			return m[:at] + r.learn("user", m[at:]).use()
		})
	}
	return r.inText(s)
}

// found is what stands for something that may be an address.
func (r *redactor) found(m string) string {
	head := ""
	if strings.HasPrefix(m, "_") {
		head, m = "_", m[1:]
	}
	a, err := netip.ParseAddr(m)
	if err != nil || r.ins[m] {
		return head + m
	}
	return head + r.ip(a)
}
