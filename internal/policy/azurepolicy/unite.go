package azurepolicy

import (
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// unite combines the retention rules with the tags of the same name.
func (p *policyReader) unite(in *time.Location) {
	tags := p.tagsByName()
	seen := map[string]bool{}
	var all []taggedRule
	for _, r := range p.rules {
		if seen[r.name] {
			p.problem(join(r.path, "name"), "%q stands here a second time", r.name)
		}
		seen[r.name] = true
		t, tagged := tags[r.name]
		p.checkLifecycles(r)
		p.checkDefault(r, t, tagged)
		switch {
		case tagged || r.name == policy.DefaultRule:
			p.checkTimes(t, in)
			all = append(all, taggedRule{r, t})
		default:
			p.note(r.path, "rule %s has no tag, so no scheduled backup comes under it; it is left out, and backups on demand have to name another", r.name)
		}
	}
	if !seen[policy.DefaultRule] {
		p.problem("policyRules", "has no retention rule %q", policy.DefaultRule)
	}
	if len(p.problems) == 0 {
		p.rank(all)
	}
}

// taggedRule is a retention rule with its tag.
type taggedRule struct {
	lifecycleRule
	tag tag
}

func (p *policyReader) tagsByName() map[string]tag {
	tags := map[string]tag{}
	priorities := map[int]string{}
	for _, t := range p.tags {
		at := join(t.path, "tagInfo.tagName")
		if _, twice := tags[t.name]; twice {
			p.problem(at, "%q stands here a second time", t.name)
		}
		if !slices.ContainsFunc(p.rules, func(r lifecycleRule) bool { return r.name == t.name }) {
			p.problem(at, "there is no retention rule %q; a tag has exactly the name of its rule", t.name)
		}
		if other := priorities[t.priority]; other != "" {
			p.problem(join(t.path, "taggingPriority"), "%d is that of %q too; the order of the two would be open", t.priority, other)
		}
		tags[t.name], priorities[t.priority] = t, t.name
	}
	return tags
}

func (p *policyReader) checkLifecycles(r lifecycleRule) {
	switch {
	case r.copies == "" && r.archive != "":
		p.problem(r.archive, "keeps what nothing copies there: the lifecycle of VaultStore has no targetDataStoreCopySettings")
	case r.copies != "" && r.archive == "":
		p.problem(r.copies, "copies to the archive, and no lifecycle of ArchiveStore says for how long")
	}
}

// checkDefault checks that the name and the mark of the default rule agree.
func (p *policyReader) checkDefault(r lifecycleRule, t tag, tagged bool) {
	byName := r.name == policy.DefaultRule
	if r.byDefault != byName {
		p.problem(join(r.path, "isDefault"), "is %t for the rule %q; the default rule is the one named %s", r.byDefault, r.name, policy.DefaultRule)
	}
	if !tagged {
		return
	}
	if t.byDefault != byName {
		p.problem(join(t.path, "isDefault"), "is %t for the tag %q; the default tag is the one named %s", t.byDefault, t.name, policy.DefaultRule)
	}
	if byName && (restricts(t.criteria) || len(t.times) > 0) {
		p.problem(join(t.path, "criteria"), "the default tag takes what no other does, and has none")
	}
}

// restricts reports whether a rule does not claim every backup.
func restricts(r policy.Rule) bool {
	return r.FirstOf != "" || len(r.DaysOfWeek)+len(r.WeeksOfMonth)+len(r.Months)+len(r.DaysOfMonth) > 0
}

// checkTimes notes scheduleTimes that leave out some of the day's backups.
func (p *policyReader) checkTimes(t tag, in *time.Location) {
	if len(t.times) == 0 {
		return
	}
	given := map[policy.TimeOfDay]bool{}
	for _, s := range t.times {
		at, _ := s.wall(in)
		given[timeOfDay(at)] = true
	}
	for _, s := range p.policy.Schedules {
		for _, of := range s.Times {
			if !given[of] {
				p.note(t.times[0].path, "rule %s is for backups of certain times of day only, and not for those at %s; here it is for all of them", t.name, of)
			}
		}
	}
}
