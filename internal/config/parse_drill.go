package config

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

// drill reads how points are drilled.
func (p *fileParser) drill(n ast.Node, path string) *instance.Drill {
	d := instance.Drill{}.WithDefaults()
	p.Object(n, nil, path,
		yamlreader.Optional("schedule", func(n ast.Node, path string) {
			d.Schedule = &policy.Schedule{}
			p.schedule(d.Schedule)(n, path)
		}),
		yamlreader.Required("server", p.server(&d.Server)),
		yamlreader.Required("signIn", p.signIn(&d.SignIn)),
		yamlreader.Optional("points", p.Parsed(&d.Points)),
		yamlreader.Optional("checks", p.Text(&d.Checks, instance.CheckChecks)),
		yamlreader.Optional("keepFor", p.Parsed(&boundedDuration{&d.KeepFor, policy.CheckStandard})),
		yamlreader.Optional("connections", p.Integer(&d.Connections, 1, instance.MaxConnections)),
	)
	return &d
}
