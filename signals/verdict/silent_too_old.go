package verdict

import "fmt"

// tooOld: samples exist, but none young enough when the rule looked.
func tooOld(t *trace) []Finding {
	var out []Finding
	for _, y := range t.tallies(causeAbsent) {
		a := &y.absence
		if a.old == 0 {
			continue
		}
		f := y.node.finding()
		back, offset := y.node.window(t.run.lookback())
		total := 0
		for _, l := range t.run.series.of(y.node.selector()).lives {
			total += l.samples
		}
		f.Evidence["evaluations"], f.Evidence["age"], f.Evidence["visible"], f.Evidence["offset"] = a.old, a.age, back, offset
		f.Evidence["samples"], f.Evidence["labels"], f.Evidence["at"] = total, a.aged, a.agedAt
		what := "for"
		if y.node.selector() != nil && back == t.run.lookback() {
			what = "for the look-back,"
		}
		f.Text = fmt.Sprintf("%s saw no value of %s at %s though there are %s: at %s the newest was %s old, and a sample is visible %s %s",
			t.name(), y.node.text, ofAll(a.old, t.evals), count(total, "sample"), t.run.clock.at(a.agedAt), duration(a.age), what, duration(back))
		if a.ageScrape > 0 {
			f.Evidence["own_timestamps"], f.Evidence["age_at_scrape"] = true, a.ageScrape
			f.Text += fmt.Sprintf("; samples carry timestamps of their own, %s behind their scrape (honor_timestamps)", duration(a.ageScrape))
		} else if target := t.run.scrapes.target(a.aged.Get("job"), a.aged.Get("instance")); target != nil && target.Interval > back {
			f.Evidence["interval"] = target.Interval
			f.Text += fmt.Sprintf("; %s is scraped every %s", target.Instance, duration(target.Interval))
		}
		f.Text += "."
		f.minor = 2*a.old < t.evals-t.given
		out = append(out, f)
	}
	return out
}
