package config

import (
	"cmp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/failure/suggest"
	"github.com/pgvault/pgvault/internal/policy"
)

// retention reads the rules by name: a duration or a lifecycle, and for a
// custom rule its criteria.
func (p *fileParser) retention(into *[]policy.Rule) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		var rules []policy.Rule
		keys := map[string]*token.Token{}
		sound := map[string]bool{}
		ok := p.Entries(n, path, "rules by name", func(name string, key *token.Token, n ast.Node, path string) {
			before := p.Problems()
			rules = append(rules, p.rule(name, key, n, path))
			keys[name], sound[name] = key, p.Problems() == before
		})
		if ok && keys[policy.DefaultRule] == nil {
			p.Problem(yamlreader.FirstToken(p.Peek(n)), "%s: missing; add %q", yamlreader.Join(path, policy.DefaultRule), policy.DefaultRule+":")
		}
		sorted := policy.Policy{Rules: rules}.Normal()
		for i, rule := range sorted.Rules {
			// A rule that could not be read would cause misleading mistakes in
			// others.
			if !sound[rule.Name] {
				continue
			}
			if err := sorted.CheckRule(i); err != nil {
				p.Problem(keys[rule.Name], "%s: %v", yamlreader.Join(path, rule.Name), err)
			}
		}
		*into = sorted.Rules
	}
}

func (p *fileParser) rule(name string, key *token.Token, n ast.Node, path string) policy.Rule {
	rule, known := policy.BuiltIn(name, policy.Lifecycle{})
	rule.Name = name
	_, mapping := p.Peek(n).(*ast.MappingNode)
	meant := suggest.DidYouMean(name, policy.BuiltInNames())
	if !known && (!mapping || meant != "" && !p.Has(n, "priority")) {
		p.Problem(key, "%s: no rule of this name is built in%s; a rule of your own is {priority: 30, daysOfWeek: [Sun], standard: 12w}",
			path, cmp.Or(meant, "; these are "+strings.Join(policy.BuiltInNames(), ", ")))
		return rule
	}
	if !mapping {
		p.Parsed(&boundedDuration{&rule.Standard, policy.CheckStandard})(n, path)
		return rule
	}
	fields := []yamlreader.Field{
		yamlreader.Required("standard", p.Parsed(&boundedDuration{&rule.Standard, policy.CheckStandard})),
		yamlreader.Optional("archive", p.Parsed(&boundedDuration{&rule.Archive, policy.CheckArchive})),
	}
	if !known {
		fields = append(fields, p.custom(&rule)...)
	}
	p.Object(n, key, path, fields...)
	return rule
}

// custom returns the fields of a custom rule.
func (p *fileParser) custom(rule *policy.Rule) []yamlreader.Field {
	return []yamlreader.Field{
		yamlreader.Required("priority", p.Integer(&rule.Priority, policy.LeastPriority, policy.MostPriority)),
		yamlreader.Optional("firstOf", p.Parsed(&rule.FirstOf)),
		yamlreader.Optional("daysOfWeek", items(p, "days of the week", &rule.DaysOfWeek)),
		yamlreader.Optional("weeksOfMonth", items(p, "weeks of the month", &rule.WeeksOfMonth)),
		yamlreader.Optional("months", items(p, "months", &rule.Months)),
		yamlreader.Optional("daysOfMonth", p.daysOfMonth(&rule.DaysOfMonth)),
	}
}

// daysOfMonth reads numbers and "last".
func (p *fileParser) daysOfMonth(into *[]policy.DayOfMonth) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		p.List(n, path, "days of the month", func(n ast.Node, path string) {
			var day policy.DayOfMonth
			if number, ok := p.Peek(n).(*ast.IntegerNode); ok {
				if err := day.UnmarshalText([]byte(number.Token.Value)); err != nil {
					p.Problem(number.Token, "%s: %v", path, err)
				}
			} else {
				p.Parsed(&day)(n, path)
			}
			*into = append(*into, day)
		})
	}
}
