package capture

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/component"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
)

// A folder is what a path, or a file's content, says of a target; several paths
// may say the same.
type folder struct {
	job, instance string
	content       string // the job by content, "" when that does not tell it
	fallback      string // the job when nothing else tells it
	given         bool   // it is to be taken as it is: capture.yaml or Options.Name says it
	// place is the folders, and the name of its files where they have one:
	// files of two places are never of one target. It is "" for those that are
	// given.
	place    string
	own      string // the name that its files have, "" when only folders tell them
	program  bool   // their names have nothing but a component's
	endpoint string // the path of metrics that their names may mean
	path     string // the path of metrics, where an instance has several
}

// dir is the folders of a place.
func (f *folder) dir() string {
	if f.own == "" {
		return f.place
	}
	return strings.TrimSuffix(strings.TrimSuffix(f.place, f.own), "/")
}

// placeOf is the place of a file. A folder that is called as the component is
// says what the name of a file says elsewhere.
func placeOf(c *recognised) string {
	parts := slices.DeleteFunc(slices.Clone(c.Folders), func(s string) bool {
		job, from, to := component.Find(s)
		return job != "" && job == c.Job && from == 0 && to == len(s)
	})
	if c.Own != "" {
		parts = append(parts, c.Own)
	}
	return path.Join(parts...)
}

// A targetList is the targets that paths and contents tell.
type targetList struct {
	folders []folder
	known   map[folder]uint32
	seen    map[uint32]string // the jobs that contents tell, also of targets whose folders name another
}

// target is the number of a target.
func (l *targetList) target(key folder) uint32 {
	i, ok := l.known[key]
	if !ok {
		i = uint32(len(l.folders))
		l.known[key] = i
		l.folders = append(l.folders, key)
	}
	return i
}

// targetOf is the number of the target that a file's name and content tell.
func (l *targetList) targetOf(c *recognised) uint32 {
	key := folder{job: c.Job, instance: c.Instance, content: c.facts.Job, fallback: c.Fallback, given: c.given, path: c.metricsPath}
	if key.job != "" {
		key.content, key.fallback = "", ""
	}
	if key.content != "" {
		key.fallback = ""
	}
	if !c.given {
		key.place, key.own, key.program, key.endpoint = placeOf(c), c.Own, c.Own == "" && c.Fallback != "", c.Endpoint
	}
	i := l.target(key)
	if c.facts.Job != "" {
		l.seen[i] = c.facts.Job
	}
	return i
}

// contents gives a target whose content tells no job that of its other scrapes.
func (l *targetList) contents() {
	type id struct{ instance, place string }
	found := map[id]string{}
	for i := range l.folders {
		f := &l.folders[i]
		key := id{f.instance, f.place}
		switch before, ok := found[key]; {
		case f.job != "" || f.content == "":
		case ok && before != f.content:
			found[key] = ""
		default:
			found[key] = f.content
		}
	}
	for i := range l.folders {
		if f := &l.folders[i]; f.job == "" && f.content == "" && !f.given {
			f.content = found[id{f.instance, f.place}]
		}
	}
}

// finalJob is the job before capture.yaml gives it another name.
func (f *folder) finalJob(name, option, top string) string {
	return cmp.Or(f.job, f.content, option, top, f.fallback, strings.ToValidUTF8(name, "\uFFFD"))
}

// settle tells targets apart whose names are the same in several places, and
// the paths of one instance. Every guess is told.
func (l *targetList) settle(n *notes, names OptionNames, ordered bool) {
	l.above(n, names)
	l.endpoints(n, names, ordered)
	type id struct{ job, instance, path string }
	groups := map[id][]*folder{}
	var order []id
	for i := range l.folders {
		f := &l.folders[i]
		if f.given {
			continue
		}
		key := id{f.job, f.instance, f.path}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], f)
	}
	owns := l.names()
	for _, key := range order {
		if group := groups[key]; clashes(group) {
			l.apart(group, owns, n, names)
		}
	}
}

// above finds targets whose last folder is the same for all and tells nothing,
// as in HOST/tmp/metrics and POD/CONTAINER/metrics: the folders that differ are
// the instances, and no jobs. Those of hosts and pods have digits, those that
// are called after a program or a place have none.
func (l *targetList) above(n *notes, names OptionNames) {
	groups := map[string][]uint32{}
	var order []string
	for i := range l.folders {
		f := &l.folders[i]
		if f.given || f.own != "" || f.program || f.job == "" || f.endpoint == "" || hasDigit(f.instance) {
			continue
		}
		if groups[f.instance] == nil {
			order = append(order, f.instance)
		}
		groups[f.instance] = append(groups[f.instance], uint32(i))
	}
	groupsOf := map[string]int{} // of each instance
	var found []uint32
	within := map[uint32]string{} // the folder that is the same for all
	for _, instance := range order {
		var dirs []string
		jobs := map[string]bool{}
		digits := true
		for _, i := range groups[instance] {
			f := &l.folders[i]
			dirs, jobs[f.job] = append(dirs, f.dir()), true
			digits = digits && hasDigit(f.job)
		}
		if len(jobs) < 2 || !digits {
			continue
		}
		differ, above := difference(dirs)
		for k, i := range groups[instance] {
			f := &l.folders[i]
			f.instance, f.job, f.content = differ[k], component.In(instance), ""
			f.fallback = cmp.Or(above, instance)
			found, within[i] = append(found, i), instance
		}
		for _, name := range slices.Compact(slices.Sorted(slices.Values(differ))) {
			groupsOf[name]++
		}
		n.problem("", "target-from-folder", saySplit(instance, differ, names))
	}
	for _, i := range found {
		f := &l.folders[i]
		if groupsOf[f.instance] > 1 { // of several containers of a pod each is a job
			f.job = cmp.Or(f.job, within[i])
		}
		if f.job == "" {
			f.content = l.seen[i]
		}
	}
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// clashes says whether targets of several places may be taken for one.
func clashes(group []*folder) bool {
	place := map[string]string{}
	for _, f := range group {
		content := f.content
		if f.own == "" && f.fallback == "" && content == "" {
			content = f.job
		}
		before, ok := place[content]
		if ok && before != f.place {
			return true
		}
		place[content] = f.place
	}
	if _, unknown := place[""]; unknown && len(place) > 1 {
		for _, f := range group {
			if f.place != group[0].place {
				return true
			}
		}
	}
	return false
}

// names are the names of the files of each folder.
func (l *targetList) names() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for i := range l.folders {
		f := &l.folders[i]
		if f.given || f.own == "" {
			continue
		}
		dir := f.dir()
		if out[dir] == nil {
			out[dir] = map[string]bool{}
		}
		out[dir][f.own] = true
	}
	return out
}

// apart gives targets of several places that are called the same the names of
// the folders that differ. When all folders have but files of this name, it
// tells nothing, and the folders alone are the instances.
func (l *targetList) apart(group []*folder, owns map[string]map[string]bool, n *notes, names OptionNames) {
	alone := true
	for _, f := range group {
		alone = alone && (f.own != "" && len(owns[f.dir()]) == 1 || f.program)
	}
	if alone && group[0].program { // the last folder is the instance, unless it is the same everywhere
		for i := range l.folders {
			o := &l.folders[i]
			alone = alone && (!o.program || o.job != group[0].job || o.instance == group[0].instance)
		}
	}
	var dirs []string
	for _, f := range group {
		dirs = append(dirs, f.dir())
	}
	differ, above := difference(dirs)
	name := group[0].instance
	for i, f := range group {
		tells := f.own != "" || f.endpoint == "" || hasDigit(f.instance) || !hasDigit(differ[i])
		switch {
		case differ[i] == "":
		case !tells: // the last folder is the same in all
			f.instance = differ[i]
		case alone:
			f.instance = differ[i]
			if f.job == "" {
				f.fallback = cmp.Or(above, f.own)
			}
		case f.instance != differ[i] && !strings.HasSuffix(differ[i], "/"+f.instance):
			f.instance = differ[i] + "/" + f.instance
		}
	}
	n.problem("", "target-from-folder", saySplit(name, differ, names))
}

// difference is the part of each path in which they differ: the last folder
// that does when that is enough, else as many as it takes. Above is the folder
// that stands above it in all of them, if there is one.
func difference(dirs []string) (out []string, above string) {
	var parts [][]string
	for _, d := range dirs {
		parts = append(parts, strings.FieldsFunc(d, func(r rune) bool { return r == '/' }))
	}
	same := func(at func(p []string) (string, bool)) bool {
		first, ok := at(parts[0])
		for _, p := range parts {
			s, has := at(p)
			ok = ok && has && s == first
		}
		return ok
	}
	different := slices.Compact(slices.Sorted(slices.Values(dirs)))
	for len(different) > 1 && same(func(p []string) (string, bool) {
		if len(p) < 2 {
			return "", false // something must remain
		}
		return p[len(p)-1], true
	}) {
		for i := range parts {
			parts[i] = parts[i][:len(parts[i])-1]
		}
	}
	for len(different) > 1 && same(func(p []string) (string, bool) {
		if len(p) < 2 {
			return "", false
		}
		return p[0], true
	}) {
		above = parts[0][0]
		for i := range parts {
			parts[i] = parts[i][1:]
		}
	}
	for n := 1; ; n++ {
		seen := map[string]string{}
		unique, more := true, false
		out = out[:0]
		for i, p := range parts {
			s := strings.Join(p[max(0, len(p)-n):], "/")
			before, ok := seen[s]
			unique = unique && (!ok || before == dirs[i])
			more = more || len(p) > n
			seen[s] = dirs[i]
			out = append(out, s)
		}
		if unique || !more {
			return out, above
		}
	}
}

// endpoints finds files that hold another endpoint of a process: those with a
// path of metrics in their name, beside one of /metrics.
func (l *targetList) endpoints(n *notes, names OptionNames, ordered bool) {
	type where struct{ place, component string }
	in := func(f *folder) where {
		if component.Known(f.job) {
			return where{f.dir(), f.job}
		}
		return where{f.dir(), ""}
	}
	main := map[where]int{}
	several := map[where]bool{} // places of which the paths are several without a name of their own
	for i := range l.folders {
		f := &l.folders[i]
		if f.given || f.own != "" || f.program && f.job != "" || f.endpoint == "" || f.place == "" && !ordered {
			continue
		}
		at := main[in(f)]
		if at > 0 && l.folders[at-1].endpoint != f.endpoint {
			several[in(f)] = true
		}
		if at == 0 || f.endpoint == "/metrics" {
			main[in(f)] = i + 1
		}
	}
	var told []string
	for i := range l.folders {
		if f := &l.folders[i]; !f.given && f.own == "" && (!f.program || f.job == "") && f.endpoint != "" && several[in(f)] {
			if f.path = f.endpoint; f.path != "/metrics" {
				told = append(told, f.path)
			}
		}
	}
	for i := range l.folders {
		f := &l.folders[i]
		cadvisor := f.program && f.endpoint == "/metrics/cadvisor"
		if f.given || f.own == "" && !cadvisor || f.endpoint == "" || f.endpoint == "/metrics" || hasDigit(f.own) {
			continue
		}
		key := in(f)
		if cadvisor { // of a kubelet, when that is here
			key.component = ""
		}
		at := main[key]
		if at == 0 || cadvisor && l.seen[uint32(at-1)] != "kubelet" {
			continue
		}
		m := &l.folders[at-1]
		m.path = m.endpoint
		f.path, f.instance, f.place, f.own = f.endpoint, m.instance, m.place, ""
		f.job, f.fallback = m.job, m.fallback
		switch {
		case f.job != "":
			f.content = ""
		case cadvisor || f.content == "":
			f.content = m.content
		}
		told = append(told, f.path)
	}
	if len(told) > 0 {
		slices.Sort(told)
		told = slices.Compact(told)
		n.problem("", "path-from-name", message.List(some(told), len(told))+" in names beside those of /metrics is another path of the same process, told by the label metrics_path; if it is another target, pass "+names.name()+" with a group target")
	}
}

// merge finds which targets are one, once their jobs are known: job, path and
// instance are the same. Those of several places are not, whatever they are
// called: the folders come before the instance. It hands out the number of the
// first for each.
func (l *targetList) merge(job func(f *folder) string, name string, n *notes, names OptionNames) []uint32 {
	type id struct{ job, instance, path string }
	of := func(f *folder) id { return id{job(f), cmp.Or(f.instance, name), f.path} }
	groups := map[id][]*folder{}
	var order []id
	for i := range l.folders {
		f := &l.folders[i]
		if groups[of(f)] == nil {
			order = append(order, of(f))
		}
		groups[of(f)] = append(groups[of(f)], f)
	}
	for _, key := range order {
		group := slices.DeleteFunc(groups[key], func(f *folder) bool { return f.given })
		if slices.ContainsFunc(group, func(f *folder) bool { return f.place != group[0].place }) {
			l.byPlace(group, n, names)
		}
	}
	type placed struct {
		id
		place string
	}
	first, out := map[placed]uint32{}, make([]uint32, len(l.folders))
	taken := map[id]string{}
	for _, given := range []bool{false, true} {
		for i := range l.folders {
			f := &l.folders[i]
			if f.given != given {
				continue
			}
			key := placed{of(f), f.place}
			before, ok := taken[key.id]
			switch {
			case given:
				key.place = before
			case ok && before != f.place: // what differs is called as another target is
				called := cmp.Or(f.place, f.instance)
				for n := 1; ok && before != f.place; n++ {
					f.instance = called
					if n > 1 {
						f.instance += " (" + strconv.Itoa(n) + ")"
					}
					key.id = of(f)
					before, ok = taken[key.id]
				}
			}
			if !ok {
				taken[key.id] = key.place
			}
			if _, ok := first[key]; !ok {
				first[key] = uint32(i)
			}
			out[i] = first[key]
		}
	}
	return out
}

// byPlace calls targets by the part of their places that differs.
func (l *targetList) byPlace(group []*folder, n *notes, names OptionNames) {
	var places []string
	for _, f := range group {
		places = append(places, f.place)
	}
	differ, _ := difference(places)
	name := group[0].instance
	for i, f := range group {
		if differ[i] != "" && differ[i] != f.instance && !strings.HasSuffix(differ[i], "/"+f.instance) {
			f.instance = differ[i] + "/" + f.instance
		} else {
			f.instance = cmp.Or(differ[i], f.instance)
		}
	}
	n.problem("", "target-from-folder", saySplit(name, differ, names))
}

// saySplit says which folders tell targets of one name apart.
func saySplit(name string, differ []string, names OptionNames) string {
	different := slices.Compact(slices.Sorted(slices.Values(differ)))
	return message.Plural(len(different), "folder") + " with files of the name " + message.Show(name) + " are as many targets: " +
		message.List(some(different), len(different)) + "; if they are one, pass " + names.name() + " with a group target"
}
