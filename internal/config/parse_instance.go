package config

import (
	"math"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/instance"
)

func (p *fileParser) instances(n ast.Node, path string) {
	p.Entries(n, path, "instances by name", func(name string, key *token.Token, n ast.Node, path string) {
		if err := instance.CheckName(name); err != nil {
			p.Problem(key, "%s: %v", path, err)
		}
		p.defined[instancePath(name)] = key
		p.file.Instances = append(p.file.Instances, p.instance(name, len(p.file.Instances), key, n, path))
	})
}

// instancePath returns the path of an instance's definition.
func instancePath(name string) string { return yamlreader.Join("instances", name) }

func (p *fileParser) instance(name string, index int, key *token.Token, n ast.Node, path string) instance.Instance {
	i := instance.Instance{Name: name, Dump: instance.DumpSettings{}.WithDefaults()}
	p.Object(n, key, path,
		yamlreader.Required("server", p.server(&i.Server)),
		yamlreader.Required("database", p.Text(&i.Database, instance.CheckDatabase)),
		yamlreader.Required("signIn", p.signIn(&i.SignIn)),
		yamlreader.Required("policy", func(n ast.Node, path string) {
			if name, at, ok := p.String(n, path); ok {
				p.uses = append(p.uses, policyUse{instance: index, name: name, at: at, path: path})
			}
		}),
		yamlreader.Optional("freshness", p.freshness(&i.Freshness)),
		yamlreader.Optional("dump", func(n ast.Node, path string) {
			p.Object(n, nil, path,
				yamlreader.Optional("stallTimeout", p.clock(&i.Dump.StallTimeout, time.Minute, 12*time.Hour)),
				yamlreader.Optional("lockTimeout", p.clock(&i.Dump.LockTimeout, time.Second, 12*time.Hour)),
				yamlreader.Optional("snapshotLimit", p.clock(&i.Dump.SnapshotLimit, 10*time.Minute, 3*24*time.Hour)),
				yamlreader.Optional("connections", p.Integer(&i.Dump.Connections, 1, instance.MaxConnections)),
				yamlreader.Optional("compression", p.compression(&i.Dump.Compression)),
				yamlreader.Optional("statistics", p.Boolean(&i.Dump.Statistics)),
			)
		}),
		yamlreader.Optional("drill", func(n ast.Node, path string) { i.Drill = p.drill(n, path) }),
	)
	return i
}

func (p *fileParser) server(into *instance.Server) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		p.Object(n, nil, path,
			yamlreader.Required("host", p.Text(&into.Host, instance.CheckHost)),
			yamlreader.Optional("port", p.Integer(&into.Port, 1, math.MaxUint16)),
			yamlreader.Optional("tls", func(n ast.Node, path string) {
				p.Object(n, nil, path,
					yamlreader.Optional("mode", p.Text(&into.TLS.Mode, instance.CheckTLSMode)),
					yamlreader.Optional("rootCertificate", p.Text(&into.TLS.RootCertificate, instance.CheckPath)),
				)
			}),
		)
		*into = into.WithDefaults()
	}
}

func (p *fileParser) signIn(into *instance.SignIn) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		before := p.Problems()
		p.Object(n, nil, path,
			yamlreader.Optional("keyVaultSecret", p.Text(&into.KeyVaultSecret, instance.CheckSecretURL)),
			yamlreader.Optional("entra", func(n ast.Node, path string) {
				into.Entra = &instance.Entra{}
				p.Object(n, nil, path, yamlreader.Required("user", p.Text(&into.Entra.User, instance.CheckUser)))
			}),
		)
		if err := into.CheckOne(); err != nil && p.Problems() == before {
			p.Problem(yamlreader.FirstToken(p.Resolve(n)), "%s: %v", path, err)
		}
	}
}
