package azurepolicy

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pgvault/pgvault/internal/policy"
)

// builtInNames are the names of the built-in rules, highest priority first.
var builtInNames = []string{"Yearly", "Monthly", "Weekly", "Daily", policy.DefaultRule}

func builtInPriority(name string) int {
	rule, _ := policy.BuiltIn(name, policy.Lifecycle{})
	return rule.Priority
}

// ranked is a rule of the policy with its origin.
type ranked struct {
	policy.Rule
	from    taggedRule
	builtIn bool
}

// rank assigns the rules priorities of this program, in Azure's order. The
// built-in names have fixed criteria and priorities, which no other rule may
// have.
func (p *policyReader) rank(all []taggedRule) {
	slices.SortStableFunc(all, func(a, b taggedRule) int { return cmp.Compare(a.order(), b.order()) })
	rules := make([]ranked, len(all))
	above := 0
	for i, from := range all {
		rules[i] = p.named(from, above)
		if rules[i].builtIn {
			above = rules[i].Priority
		}
	}
	for begin := 0; begin < len(rules); {
		end := begin
		for !rules[end].builtIn { // the last is the default rule, which is built in
			end++
		}
		p.number(rules, begin, end)
		begin = end + 1
	}
	for _, r := range rules {
		p.policy.Rules = append(p.policy.Rules, r.Rule)
	}
	for i, r := range rules {
		if err := p.policy.ValidateRule(i); err != nil {
			p.problem(r.from.path, "%v", err)
		}
	}
}

// order puts the default rule last, whatever the priority of its tag.
func (r taggedRule) order() int {
	if r.name == policy.DefaultRule {
		return 1 << 31
	}
	return r.tag.priority
}

// named makes a rule. It uses a built-in name only if the rule has that rule's
// criteria and comes after all higher built-in rules.
func (p *policyReader) named(from taggedRule, above int) ranked {
	keep := policy.Lifecycle{Standard: from.standardFor, Archive: from.archiveFor}
	rule := from.tag.criteria
	rule.Name, rule.Priority, rule.Lifecycle = from.name, from.tag.priority, keep
	if !restricts(rule) {
		rule.DaysOfWeek = policy.AllDays() // a custom rule needs a criterion
	}
	standing, known := policy.BuiltIn(from.name, keep)
	if !known {
		return ranked{Rule: rule, from: from}
	}
	same := from.tag.criteria.FirstOf == standing.FirstOf && !restricts(withoutPeriod(from.tag.criteria))
	if same && standing.Priority > above {
		return ranked{Rule: standing, from: from, builtIn: true}
	}
	rule.Name += "-azure"
	p.note(from.path, "rule %s is not what that name stands for here, which is the first point of each %s with priority %d; it is named %s, also in backups on demand",
		from.name, standing.FirstOf, standing.Priority, rule.Name)
	return ranked{Rule: rule, from: from}
}

func withoutPeriod(r policy.Rule) policy.Rule {
	r.FirstOf = ""
	return r
}

// number assigns priorities between those of the surrounding built-in rules to
// the rules from begin to end. A rule keeps its own priority if possible.
func (p *policyReader) number(rules []ranked, begin, end int) {
	above, below := 0, rules[end].Priority
	if begin > 0 {
		above = rules[begin-1].Priority
	}
	free := freePriorities(above, below)
	group := rules[begin:end]
	if len(group) > len(free) {
		p.problem(group[0].from.path, "there is no room for %d rules between those with priorities %d and %d", len(group), above, below)
		return
	}
	for i := range group {
		r := &group[i]
		at := slices.Index(free, r.Priority)
		if after := len(group) - i - 1; at < 0 || len(free)-at-1 < after {
			p.note(join(r.from.tag.path, "taggingPriority"), "rule %s has priority %d here, since %s; the order of the rules stays", r.Name, free[0], taken(r.Priority))
			r.Priority, at = free[0], 0
		}
		free = free[at+1:]
	}
}

// freePriorities returns the priorities between two that no built-in rule has.
func freePriorities(above, below int) []int {
	var free []int
	for n := above + 1; n < below; n++ {
		if !slices.ContainsFunc(builtInNames, func(name string) bool { return builtInPriority(name) == n }) {
			free = append(free, n)
		}
	}
	return free
}

// taken returns the reason why a rule cannot keep its priority.
func taken(priority int) string {
	for _, name := range builtInNames {
		if builtInPriority(name) == priority {
			return fmt.Sprintf("%d is that of the built-in rule %s", priority, name)
		}
	}
	return "its own does not fit between those of the built-in rules"
}
