package config

import (
	"encoding"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/policy"
)

func (p *fileParser) policies(n ast.Node, path string) {
	p.Entries(n, path, "policies by name", func(name string, key *token.Token, n ast.Node, path string) {
		if err := policy.CheckName(name); err != nil {
			p.Problem(key, "%s: %v", path, err)
		}
		p.defined[path] = key
		p.file.Policies[name] = p.policy(name, key, n, path)
	})
}

func (p *fileParser) policy(name string, key *token.Token, n ast.Node, path string) policy.Policy {
	parsed := policy.Policy{Name: name, WeekStart: policy.Weekday(time.Monday)}
	several := p.Has(n, "schedules")
	if several && p.Has(n, "schedule") {
		p.Problem(key, "%s: has both schedule: and schedules:; put the one into the list of the others", path)
	}
	schedule := yamlreader.Required
	if several {
		schedule = yamlreader.Optional
	}
	p.Object(n, key, path,
		schedule("schedule", func(n ast.Node, path string) {
			parsed.Schedules = make([]policy.Schedule, 1)
			p.schedule(&parsed.Schedules[0])(n, path)
		}),
		yamlreader.Optional("schedules", p.schedules(&parsed.Schedules)),
		yamlreader.Optional("timeZone", p.Text(&parsed.TimeZone, policy.CheckTimeZone)),
		yamlreader.Optional("weekStart", p.Parsed(&parsed.WeekStart)),
		yamlreader.Optional("freshness", p.freshness(&parsed.Freshness)),
		yamlreader.Required("retention", p.retention(&parsed.Rules)),
		yamlreader.Optional("drill", func(n ast.Node, path string) { p.drills[name] = p.drill(n, path) }),
	)
	return parsed.Normal()
}

func (p *fileParser) schedules(into *[]policy.Schedule) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		var all []policy.Schedule
		p.List(n, path, "schedules", func(n ast.Node, path string) {
			var s policy.Schedule
			p.schedule(&s)(n, path)
			for i, other := range all {
				if at, ok := s.Meets(other); ok {
					p.Problem(yamlreader.FirstToken(p.Peek(n)), "%s: starts a backup at %s, as schedule %d does; only one can run", path, at, i+1)
					break
				}
			}
			all = append(all, s)
		})
		*into = all
	}
}

func (p *fileParser) schedule(into *policy.Schedule) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		s := policy.Schedule{}.WithDefaults()
		p.Object(n, nil, path,
			yamlreader.Required("times", items(p, "times", &s.Times)),
			yamlreader.Optional("days", items(p, "days", &s.Days)),
			yamlreader.Optional("timeZone", p.Text(&s.TimeZone, policy.CheckTimeZone)),
			yamlreader.Optional("jitter", p.clock(&s.Jitter, 0, 12*time.Hour)),
			yamlreader.Optional("catchUpWindow", p.clock(&s.CatchUpWindow, 10*time.Minute, 24*time.Hour)),
		)
		*into = s.Normal()
	}
}

// items returns a reader of a list whose items are parsed by their own type.
func items[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](p *fileParser, what string, into *[]T) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		*into = nil
		p.List(n, path, what, func(n ast.Node, path string) {
			var item T
			p.Parsed(P(&item))(n, path)
			*into = append(*into, item)
		})
	}
}
