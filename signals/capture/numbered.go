package capture

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// numberedFailures takes what is no exposition for a failed scrape when its
// number stands among those of scrapes.
func (l *timing) numberedFailures() {
	patterns := map[string]string{}
	for _, c := range l.untimed {
		if c.Number >= 0 {
			patterns[c.Pattern] = c.facts.Job
		}
	}
	rest := l.failures[:0]
	for _, c := range l.failures {
		job, ok := patterns[c.Pattern]
		if c.Timed || !ok && !(c.second.known && slices.ContainsFunc(l.untimed, func(o recognised) bool { return sameTarget(&o, &c) })) {
			rest = append(rest, c)
			continue
		}
		c.facts.Job, c.facts.Parts = job, nil
		l.untimed = append(l.untimed, c)
	}
	l.failures = rest
}

// zeros gives the number 0 to the file that has none beside others that count
// scrapes: metrics.txt beside metrics (1).txt, app.log beside app.log.1.
func (l *timing) zeros() {
	type key struct{ job, instance, place string }
	pattern, none := map[key]string{}, map[key][]int{}
	for i := range l.untimed {
		c := &l.untimed[i]
		k := key{c.Job, c.Instance, placeOf(c)}
		switch before, ok := pattern[k]; {
		case c.given || c.Rank >= 0:
		case c.Number < 0:
			none[k] = append(none[k], i)
		case !c.Sure:
		case c.Number == 0 || ok && before != c.Pattern:
			none[k] = append(none[k], -1) // there is one, or it is not clear beside which
		default:
			pattern[k] = c.Pattern
		}
	}
	for k, list := range none {
		if p, ok := pattern[k]; ok && len(list) == 1 && list[0] >= 0 {
			c := &l.untimed[list[0]]
			c.Number, c.Sure, c.Pattern = 0, true, p
		}
	}
}

// numbers decides whether numbers in names that differ in nothing else tell
// targets apart or count scrapes.
func (l *timing) numbers() {
	l.ports()
	groups := map[string][]int{}
	for i, c := range l.untimed {
		if c.Number >= 0 && !c.Sure && !c.given {
			groups[c.Pattern] = append(groups[c.Pattern], i)
		}
	}
	keys := make([]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		group := groups[k]
		if len(group) < 2 {
			continue
		}
		starts := map[float64]bool{}
		known := true
		for _, i := range group {
			s := l.untimed[i].facts.Start
			known = known && s != 0
			starts[s] = true
		}
		first := &l.untimed[group[0]]
		_, tail := naming.CutExtensions(first.body)
		count := tail != "" || strings.Contains(first.body, "(")
		if known {
			count = len(starts) < len(group)
		}
		shown := message.Show(first.file) + " and " + message.Plural(len(group)-1, "more file")
		if !count {
			l.problem(first.file, "number-is-target", "the numbers in the names of "+shown+" are taken to tell targets apart; if they count the scrapes of one target, pass "+l.opts.Names.name()+" with a group target")
			continue
		}
		l.problem(first.file, "number-is-count", "the numbers in the names of "+shown+" are taken to count the scrapes of one target; if they tell targets apart, pass "+l.opts.Names.name()+" with a group target")
		for _, i := range group {
			c := &l.untimed[i]
			c.Instance, c.Sure = c.WithoutNumber(l.dirs[c.dir], c.body, l.sequence), true
			c.Own = c.Instance
		}
	}
}

// ports makes targets of files that nothing but a number tells apart when the
// numbers may be ports, and do not follow one another: 8080_metrics beside
// 9100_metrics, and what is called so in other folders.
func (l *timing) ports() {
	groups := map[string][]*recognised{}
	called := map[string][]*recognised{} // all of a name
	for i := range l.untimed {
		c := &l.untimed[i]
		if _, tail := naming.CutExtensions(c.body); naming.IsPort(c.Number) && c.Sure && c.Rank < 0 && !c.given && tail == "" {
			name := c.Pattern[strings.LastIndexByte(c.Pattern, 0)+1:]
			called[name] = append(called[name], c)
			k := name + "\x00" + targetKey(c)
			groups[k] = append(groups[k], c)
		}
	}
	several := map[string]bool{}
	for k, group := range groups {
		least, most := group[0].Number, group[0].Number
		for _, c := range group {
			least, most = min(least, c.Number), max(most, c.Number)
		}
		if most-least >= len(group) && len(group) > 1 {
			name, _, _ := strings.Cut(k, "\x00")
			several[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(several)) {
		files := called[name]
		l.problem(files[0].file, "number-is-target", "the numbers in the names of "+message.Show(files[0].file)+" and "+message.Plural(len(files)-1, "more file")+" are taken for ports, and to tell targets apart; if they count the scrapes of one target, pass "+l.opts.Names.name()+" with a group target")
		for _, c := range files {
			c.Own = strconv.Itoa(c.Number)
			c.Instance, c.Number, c.Sure = strings.TrimPrefix(c.Instance+":"+c.Own, ":"), -1, false
		}
	}
}

// every gives times to files that have an order, and to scrapes that follow one
// another in a file.
func (l *timing) every() error {
	var unordered []recognised
	for _, group := range byTarget(l.untimed) {
		if !inOrder(group) {
			unordered = append(unordered, group...)
			continue
		}
		l.spaced(group)
	}
	if len(unordered) > 0 {
		return l.noTime(unordered)
	}
	l.untimed = nil
	return nil
}

// byTarget sorts files into those of one target each, in the order of their
// numbers, or of the words that say one.
func byTarget(files []recognised) (groups [][]recognised) {
	at := map[string]int{}
	for _, c := range files {
		key := targetKey(&c)
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	for _, group := range groups {
		slices.SortStableFunc(group, func(a, b recognised) int { return cmp.Compare(a.Number, b.Number) })
	}
	return groups
}

// targetKey is the same for files of one target, as far as names tell.
func targetKey(c *recognised) string {
	key := []string{"", cmp.Or(c.Job, c.facts.Job), c.Instance, placeOf(c), c.metricsPath}
	if c.Number >= 0 {
		key[0], key[1] = c.Pattern, c.Job // the content of a failed one tells no job
		if c.Rank >= 0 {
			key[0] = ""
		}
	}
	if c.given {
		key[3] = ""
	}
	return strings.Join(key, "\x00")
}

func sameTarget(a, b *recognised) bool {
	return a.Job == b.Job && a.Instance == b.Instance && placeOf(a) == placeOf(b)
}

// inOrder says whether each file of a target has a number of its own.
func inOrder(group []recognised) bool {
	for i := 1; i < len(group); i++ {
		if group[i].Number == group[i-1].Number || group[i].Number < 0 {
			return false
		}
	}
	return true
}

// spaced gives times to files in the order of their numbers, which is turned
// round when counters fall in it.
func (l *timing) spaced(group []recognised) {
	file := group[0].file
	l.turn(group)
	n, byNumber := counted(group)
	newest := group[len(group)-1].Number
	end := l.opts.End.UnixMilli()
	if l.opts.End.IsZero() {
		last := group[len(group)-1]
		end = l.newest([]recognised{last})
		l.problem(last.file, "end-from-mtime", "no "+l.opts.Names.end()+" is given; the last scrape is taken to be of the file's modification time: "+clock.Format(end))
	}
	every := l.opts.Every.Milliseconds()
	at := func() int64 {
		n--
		return end - int64(n)*every
	}
	l.problem(file, "time-source", fmt.Sprintf("the times of %s of %s are counted: every %s up to %s", message.Plural(n, "scrape"), message.Show(cmp.Or(group[0].Instance, l.name)), l.opts.Every, clock.Format(end)))
	for _, c := range group {
		if len(c.facts.Parts) > 1 {
			for i := range c.facts.Parts {
				p := &c.facts.Parts[i]
				p.Time, p.Source, p.Zoned = at(), clock.FromOrder, true
			}
			l.spread(c)
			continue
		}
		c.Guess.Time, c.Timed, c.Zoned, c.from = at(), true, true, clock.FromOrder
		if byNumber {
			c.Guess.Time = end - int64(max(newest-c.Number, c.Number-newest))*every
		}
		l.single(c, flagsOf(&c))
	}
}

// turn brings files that are in the order of their numbers into that of their
// counters, and says what was assumed of it.
func (l *timing) turn(group []recognised) {
	up, down := 0, 0
	for i := 1; i < len(group); i++ {
		switch sign := compareCounters(group[i-1].facts, group[i].facts); {
		case sign > 0:
			up++
		case sign < 0:
			down++
		}
	}
	file := group[0].file
	worded := group[0].Rank >= 0
	switch {
	case len(group) == 1 || worded:
	case down > up:
		slices.Reverse(group)
		l.problem(file, "order-reversed", "the counters fall as the numbers of the names rise: the highest number is taken as the oldest, as log rotation has it")
	case up == 0:
		l.problem(file, "order-assumed", "no counter tells the order of the numbered files; the lowest number is taken as the oldest")
	}
	if up > 0 && down > 0 && !worded {
		l.problem(file, "order-assumed", fmt.Sprintf("the counters rise %s and fall %s along the numbered files: a restart, or names that are not in order", message.Times(max(up, down)), message.Times(min(up, down))))
	}
}

// counted returns how many scrapes files hold. By their numbers says that a
// number that is missing is a scrape that is missing: they are one apart, and
// each file holds one.
func counted(group []recognised) (scrapes int, byNumber bool) {
	step, whole := 0, true
	for i, c := range group {
		scrapes += max(1, len(c.facts.Parts))
		whole = whole && len(c.facts.Parts) <= 1
		if d := max(c.Number-group[max(i-1, 0)].Number, group[max(i-1, 0)].Number-c.Number); i > 0 && (step == 0 || d < step) {
			step = d
		}
	}
	return scrapes, whole && step == 1 && group[len(group)-1].Number < manyNumbers
}

// compareCounters is 1 when most counters of two scrapes rise from a to b, -1
// when most fall.
func compareCounters(a, b *content.Facts) int {
	sum := 0
	for name, x := range a.Counters {
		if y, ok := b.Counters[name]; ok {
			sum += cmp.Compare(y, x)
		}
	}
	return cmp.Compare(sum, 0)
}
