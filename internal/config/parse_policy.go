package config

import (
	"encoding"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/policy"
)

func (p *fileParser) policies(n ast.Node, path string) {
	p.entries(n, path, "policies by name", func(name string, key *token.Token, n ast.Node, path string) {
		if err := policy.CheckName(name); err != nil {
			p.problem(key, "%s: %v", path, err)
		}
		p.file.Policies[name] = p.policy(name, key, n, path)
	})
}

func (p *fileParser) policy(name string, key *token.Token, n ast.Node, path string) policy.Policy {
	parsed := policy.Policy{Name: name, WeekStart: policy.Weekday(time.Monday)}
	several := p.has(n, "schedules")
	if several && p.has(n, "schedule") {
		p.problem(key, "%s: has both schedule: and schedules:; put the one into the list of the others", path)
	}
	p.object(n, key, path,
		field{"schedule", !several, func(n ast.Node, path string) {
			parsed.Schedules = make([]policy.Schedule, 1)
			p.schedule(&parsed.Schedules[0])(n, path)
		}},
		field{"schedules", false, p.schedules(&parsed.Schedules)},
		field{"timeZone", false, p.text(&parsed.TimeZone, policy.CheckTimeZone)},
		field{"weekStart", false, p.parsed(&parsed.WeekStart)},
		field{"retention", true, p.retention(&parsed.Rules)},
	)
	return parsed.Normal()
}

func (p *fileParser) schedules(into *[]policy.Schedule) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		var all []policy.Schedule
		p.list(n, path, "schedules", func(n ast.Node, path string) {
			var s policy.Schedule
			p.schedule(&s)(n, path)
			for i, other := range all {
				if at, ok := s.Meets(other); ok {
					p.problem(firstToken(p.peek(n)), "%s: starts a backup at %s, as schedule %d does; only one can run", path, at, i+1)
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
		p.object(n, nil, path,
			field{"times", true, items(p, "times", &s.Times)},
			field{"days", false, items(p, "days", &s.Days)},
			field{"timeZone", false, p.text(&s.TimeZone, policy.CheckTimeZone)},
			field{"jitter", false, p.clock(&s.Jitter, 0, 12*time.Hour)},
			field{"catchUpWindow", false, p.clock(&s.CatchUpWindow, 10*time.Minute, 24*time.Hour)},
		)
		*into = s.Normal()
	}
}

// items returns a reader of a list whose items a type of its own parses.
func items[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](p *fileParser, what string, into *[]T) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		*into = nil
		p.list(n, path, what, func(n ast.Node, path string) {
			var item T
			p.parsed(P(&item))(n, path)
			*into = append(*into, item)
		})
	}
}
