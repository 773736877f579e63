package config

import (
	"cmp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/suggest"
)

// retention reads the rules by name: a duration, or a lifecycle, and for a rule
// of the policy's own what it claims.
func (p *fileParser) retention(into *[]policy.Rule) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		var rules []policy.Rule
		keys := map[string]*token.Token{}
		sound := map[string]bool{}
		ok := p.entries(n, path, "rules by name", func(name string, key *token.Token, n ast.Node, path string) {
			before := len(p.problems)
			rules = append(rules, p.rule(name, key, n, path))
			keys[name], sound[name] = key, len(p.problems) == before
		})
		if ok && keys[policy.DefaultRule] == nil {
			p.problem(firstToken(p.peek(n)), "%s: missing; add %q", join(path, policy.DefaultRule), policy.DefaultRule+":")
		}
		sorted := policy.Policy{Rules: rules}.Normal()
		for i, rule := range sorted.Rules {
			// A rule that could not be read says nothing true of the others.
			if !sound[rule.Name] {
				continue
			}
			if err := sorted.CheckRule(i); err != nil {
				p.problem(keys[rule.Name], "%s: %v", join(path, rule.Name), err)
			}
		}
		*into = sorted.Rules
	}
}

func (p *fileParser) rule(name string, key *token.Token, n ast.Node, path string) policy.Rule {
	rule, known := policy.BuiltIn(name, policy.Lifecycle{})
	rule.Name = name
	_, mapping := p.peek(n).(*ast.MappingNode)
	meant := suggest.DidYouMean(name, policy.BuiltInNames())
	if !known && (!mapping || meant != "" && !p.has(n, "priority")) {
		p.problem(key, "%s: no rule of this name is built in%s; a rule of your own is {priority: 30, daysOfWeek: [Sun], standard: 12w}",
			path, cmp.Or(meant, "; these are "+strings.Join(policy.BuiltInNames(), ", ")))
		return rule
	}
	if !mapping {
		p.parsed(&boundedDuration{&rule.Standard, policy.CheckStandard})(n, path)
		return rule
	}
	fields := []field{
		{"standard", true, p.parsed(&boundedDuration{&rule.Standard, policy.CheckStandard})},
		{"archive", false, p.parsed(&boundedDuration{&rule.Archive, policy.CheckArchive})},
	}
	if !known {
		fields = append(fields, p.custom(&rule)...)
	}
	p.object(n, key, path, fields...)
	return rule
}

// custom are the fields of a rule that is not built in.
func (p *fileParser) custom(rule *policy.Rule) []field {
	return []field{
		{"priority", true, p.integer(&rule.Priority, policy.LeastPriority, policy.MostPriority)},
		{"firstOf", false, p.parsed(&rule.FirstOf)},
		{"daysOfWeek", false, items(p, "days of the week", &rule.DaysOfWeek)},
		{"weeksOfMonth", false, items(p, "weeks of the month", &rule.WeeksOfMonth)},
		{"months", false, items(p, "months", &rule.Months)},
		{"daysOfMonth", false, p.daysOfMonth(&rule.DaysOfMonth)},
	}
}

// daysOfMonth reads numbers and "last".
func (p *fileParser) daysOfMonth(into *[]policy.DayOfMonth) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		p.list(n, path, "days of the month", func(n ast.Node, path string) {
			var day policy.DayOfMonth
			if number, ok := p.peek(n).(*ast.IntegerNode); ok {
				if err := day.UnmarshalText([]byte(number.Token.Value)); err != nil {
					p.problem(number.Token, "%s: %v", path, err)
				}
			} else {
				p.parsed(&day)(n, path)
			}
			*into = append(*into, day)
		})
	}
}
