package config

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/instance"
)

func (p *fileParser) notifications(n ast.Node, path string) {
	all := &p.file.Vault.Notifications
	p.hasSettings(yamlreader.FirstToken(p.Peek(n)))
	p.List(n, path, "notifications", func(n ast.Node, path string) {
		if len(*all) == instance.MaxNotifications {
			p.Problem(yamlreader.FirstToken(p.Peek(n)), "%s: there are more than %d notifications; let one receiver distribute them", path, instance.MaxNotifications)
			return
		}
		*all = append(*all, p.notification(n, path))
	})
}

func (p *fileParser) notification(n ast.Node, path string) instance.Notification {
	var parsed instance.Notification
	p.Object(n, nil, path,
		yamlreader.Required("name", func(n ast.Node, path string) {
			p.Text(&parsed.Name, instance.CheckNotificationName)(n, path)
			if _, taken := p.file.Vault.Notification(parsed.Name); taken && parsed.Name != "" {
				p.Problem(yamlreader.FirstToken(p.Peek(n)), "%s: another notification has the name %q; give it one of its own", path, parsed.Name)
			}
		}),
		yamlreader.Required("url", p.Text(&parsed.URL, instance.CheckNotificationURL)),
		yamlreader.Optional("kinds", func(n ast.Node, path string) {
			p.List(n, path, "kinds", func(n ast.Node, path string) { parsed.Kinds = append(parsed.Kinds, p.alertKind(n, path)) })
		}),
		yamlreader.Optional("instances", func(n ast.Node, path string) {
			p.List(n, path, "patterns of instances", func(n ast.Node, path string) {
				if len(parsed.Instances) == instance.MaxPatterns {
					p.Problem(yamlreader.FirstToken(p.Peek(n)), "%s: there are more than %d patterns; let one pattern match several instances, like shop/*", path, instance.MaxPatterns)
					return
				}
				parsed.Instances = append(parsed.Instances, p.instancePattern(n, path))
			})
		}),
	)
	return parsed
}

func (p *fileParser) alertKind(n ast.Node, path string) instance.AlertKind {
	text, at, ok := p.String(n, path)
	if !ok {
		return ""
	}
	kind, err := instance.ParseAlertKind(text)
	if err != nil {
		p.Problem(at, "%s: %v", path, err)
	}
	return kind
}

// patternUse is a pattern of instances, which is compared with them when all are
// parsed.
type patternUse struct {
	pattern string
	at      *token.Token
	path    string
}

func (p *fileParser) instancePattern(n ast.Node, path string) string {
	text, at, ok := p.String(n, path)
	if !ok {
		return ""
	}
	if err := instance.CheckInstancePattern(text); err != nil {
		p.Problem(at, "%s: %v", path, err)
		return ""
	}
	p.patterns = append(p.patterns, patternUse{pattern: text, at: at, path: path})
	return text
}

func (p *fileParser) resolvePatterns(all []instance.Instance) {
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	for _, use := range p.patterns {
		if err := instance.CheckInstanceKnown(use.pattern, names); err != nil {
			p.Problem(use.at, "%s: %v", use.path, err)
		}
	}
}
