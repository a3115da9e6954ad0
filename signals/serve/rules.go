package serve

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// The JSON of rules and alerts (web/api/v1: RuleGroup, AlertingRule,
// RecordingRule, Alert).
type (
	groupJSON struct {
		Name           string    `json:"name"`
		File           string    `json:"file"`
		Rules          []any     `json:"rules"`
		Interval       float64   `json:"interval"`
		Limit          int       `json:"limit"`
		EvaluationTime float64   `json:"evaluationTime"`
		LastEvaluation time.Time `json:"lastEvaluation"`
	}
	alertingJSON struct {
		State          string        `json:"state"`
		Name           string        `json:"name"`
		Query          string        `json:"query"`
		Duration       float64       `json:"duration"`
		KeepFiringFor  float64       `json:"keepFiringFor"`
		Labels         labels.Labels `json:"labels"`
		Annotations    labels.Labels `json:"annotations"`
		Alerts         []alertJSON   `json:"alerts"`
		Health         string        `json:"health"`
		LastError      string        `json:"lastError,omitempty"`
		EvaluationTime float64       `json:"evaluationTime"`
		LastEvaluation time.Time     `json:"lastEvaluation"`
		Type           string        `json:"type"`
	}
	recordingJSON struct {
		Name           string        `json:"name"`
		Query          string        `json:"query"`
		Labels         labels.Labels `json:"labels"`
		Health         string        `json:"health"`
		LastError      string        `json:"lastError,omitempty"`
		EvaluationTime float64       `json:"evaluationTime"`
		LastEvaluation time.Time     `json:"lastEvaluation"`
		Type           string        `json:"type"`
	}
	alertJSON struct {
		Labels          labels.Labels `json:"labels"`
		Annotations     labels.Labels `json:"annotations"`
		State           string        `json:"state"`
		ActiveAt        time.Time     `json:"activeAt"`
		KeepFiringSince *time.Time    `json:"keepFiringSince,omitempty"`
		Value           string        `json:"value"`
	}
	rulesJSON struct {
		Groups []groupJSON `json:"groups"`
		Next   string      `json:"groupNextToken,omitempty"`
	}
)

// alerts are those that were active at the parameter time, or now.
func (h *Handler) alerts(r *request) (answer, *failure) {
	at, fail := r.time("time", h.present(r))
	if fail != nil {
		return answer{}, fail
	}
	list := []alertJSON{}
	for _, b := range r.books {
		for _, g := range b.course.groups {
			for _, rule := range g.rules {
				now, _ := rule.at(at)
				list = append(list, r.alertsOf(b, now)...)
			}
		}
	}
	return answer{data: object{"alerts": list}}, nil
}

func (r *request) alertsOf(b *book, now change) []alertJSON {
	list := make([]alertJSON, len(now.alerts))
	for i, a := range now.alerts {
		list[i] = alertJSON{
			Labels: b.label(a.Labels), Annotations: a.Annotations, State: a.State.String(), ActiveAt: r.toClient(a.ActiveAt),
			Value: strconv.FormatFloat(a.Value, 'e', -1, 64),
		}
		if since := r.toClient(a.KeptSince); !since.IsZero() {
			list[i].KeepFiringSince = &since
		}
	}
	return list
}

// ruleFilter says which rules are asked for.
type ruleFilter struct {
	at                   time.Time
	rules, groups, files []string
	sets                 [][]*labels.Matcher
	kind                 string // alert, record, or "" for both
	bare                 bool   // without alerts
	most                 int    // groups; 0: all
	next                 string // token of the group to begin with
}

func (h *Handler) ruleFilter(r *request) (f ruleFilter, fail *failure) {
	if r.formErr != nil {
		return f, &failure{badData, fmt.Errorf("error parsing form values: %w", r.formErr)}
	}
	f.rules, f.groups, f.files = r.Form["rule_name[]"], r.Form["rule_group[]"], r.Form["file[]"]
	if f.at, fail = r.time("time", h.present(r)); fail != nil {
		return f, fail
	}
	var err error
	if f.sets, err = h.matchers(r); err != nil {
		return f, bad(err)
	}
	if f.kind = r.lower("type"); f.kind != "" && f.kind != "alert" && f.kind != "record" {
		return f, invalid("type", fmt.Errorf("not supported value %q", f.kind))
	}
	if text := r.lower("exclude_alerts"); text != "" {
		if f.bare, err = strconv.ParseBool(text); err != nil {
			return f, invalid("exclude_alerts", fmt.Errorf("error converting exclude_alerts: %w", err))
		}
	}
	most := r.URL.Query().Get("group_limit")
	f.next = r.URL.Query().Get("group_next_token")
	switch n, err := strconv.ParseInt(most, 10, 32); {
	case most == "" && f.next != "":
		return f, invalid("group_next_token", errors.New("group_limit needs to be present in order to paginate over the groups"))
	case most == "":
	case err != nil:
		return f, invalid("group_limit", fmt.Errorf("group_limit needs to be a valid number: %w", err))
	case n <= 0:
		return f, invalid("group_limit", errors.New("group_limit needs to be greater than 0"))
	default:
		f.most = int(n)
	}
	return f, nil
}

func (h *Handler) rules(r *request) (answer, *failure) {
	f, fail := h.ruleFilter(r)
	if fail != nil {
		return answer{}, fail
	}
	out := rulesJSON{Groups: []groupJSON{}}
	begun := f.next == ""
	for b, g := range r.groups() {
		if begun = begun || f.next == b.token(g); !begun {
			continue
		}
		if !oneOf(f.groups, g.group.Name) || !oneOf(f.files, b.file(g)) {
			continue
		}
		group := h.groupOf(r, b, g, f)
		if len(group.Rules) == 0 {
			continue
		}
		if f.most > 0 && len(out.Groups) == f.most {
			out.Next = b.token(g)
			break
		}
		out.Groups = append(out.Groups, group)
	}
	if !begun {
		return answer{}, invalid("group_next_token", fmt.Errorf("invalid group_next_token '%v'. were rule groups changed?", f.next))
	}
	return answer{data: out}, nil
}

// groups are those of all captures.
func (r *request) groups() iter.Seq2[*book, *groupCourse] {
	return func(yield func(*book, *groupCourse) bool) {
		for _, b := range r.books {
			for _, g := range b.course.groups {
				if !yield(b, g) {
					return
				}
			}
		}
	}
}

// file is what a group's file is called: of several captures, each has its own
// groups.
func (b *book) file(g *groupCourse) string {
	if b.name == "" {
		return g.group.File
	}
	return b.name + "/" + g.group.File
}

// groupOf is a group with the rules that are asked for.
func (h *Handler) groupOf(r *request, b *book, g *groupCourse, f ruleFilter) groupJSON {
	last := r.toClient(g.evaluated(f.at))
	out := groupJSON{
		Name: g.group.Name, File: b.file(g), Rules: []any{}, Interval: g.interval.Seconds(),
		Limit: g.group.Limit, LastEvaluation: last,
	}
	for _, rule := range g.rules {
		if !oneOf(f.rules, rule.rule.Name()) || !anyMatches(f.sets, b.label(rule.rule.Labels)) {
			continue
		}
		now, ok := rule.at(f.at)
		health := "ok"
		switch {
		case !ok:
			health = "unknown"
		case now.err != "":
			health = "err"
		}
		expr := h.printed(rule.rule)
		switch {
		case rule.rule.Record != "" && f.kind != "alert":
			out.Rules = append(out.Rules, recordingJSON{
				Name: rule.rule.Record, Query: expr, Labels: b.label(rule.rule.Labels), Health: health, LastError: now.err,
				LastEvaluation: last, Type: "recording",
			})
		case rule.rule.Alert != "" && f.kind != "record":
			one := alertingJSON{
				State: stateOf(ok, now.alerts), Name: rule.rule.Alert, Query: expr,
				Duration: rule.rule.For.Seconds(), KeepFiringFor: rule.rule.KeepFiringFor.Seconds(),
				Labels: b.label(rule.rule.Labels), Annotations: rule.rule.Annotations, Health: health, LastError: now.err,
				LastEvaluation: last, Type: "alerting",
			}
			if !f.bare {
				one.Alerts = r.alertsOf(b, now)
			}
			out.Rules = append(out.Rules, one)
		}
	}
	return out
}

// printed is an expression as a server shows it.
func (h *Handler) printed(r *rules.Rule) string {
	if x, err := query.Parse("", r.Expr, h.opts.Replay.Features); err == nil {
		return x.String()
	}
	return r.Expr // of a feature that this Handler was not told
}

// stateOf is the highest state of a rule's alerts.
func stateOf(evaluated bool, alerts []rules.Alert) string {
	has := func(s rules.State) bool {
		return slices.ContainsFunc(alerts, func(a rules.Alert) bool { return a.State == s })
	}
	switch {
	case !evaluated:
		return "unknown"
	case has(rules.Firing):
		return "firing"
	case has(rules.Pending):
		return "pending"
	}
	return "inactive"
}

// anyMatches tells whether labels fit one of several sets of matchers, or there
// is none.
func anyMatches(sets [][]*labels.Matcher, ls labels.Labels) bool {
	return len(sets) == 0 || slices.ContainsFunc(sets, func(ms []*labels.Matcher) bool { return fits(ms, ls) })
}

func fits(ms []*labels.Matcher, ls labels.Labels) bool {
	for _, m := range ms {
		if !m.Matches(ls.Get(m.Name)) {
			return false
		}
	}
	return true
}

// token names a group in a page of a list.
func (b *book) token(g *groupCourse) string {
	sum := sha256.Sum256([]byte(b.file(g) + ";" + g.group.Name))
	return hex.EncodeToString(sum[:])
}
