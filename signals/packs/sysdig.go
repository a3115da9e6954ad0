package packs

import _ "embed"

//go:embed sysdig/kube-proxy.rules.yml
var sysdig []byte

// SysdigRules returns a rule file and its name: the recording rules for
// kube-proxy that Sysdig's PromCat shipped, each labelled sysdig="true" so that
// /federate?match[]={sysdig="true"} hands over these alone. The slice is the
// caller's.
func SysdigRules() (file string, data []byte) {
	return "sysdig/kube-proxy.rules.yml", append([]byte(nil), sysdig...)
}
