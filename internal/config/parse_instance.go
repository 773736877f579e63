package config

import (
	"math"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/instance"
)

func (p *fileParser) instances(n ast.Node, path string) {
	p.entries(n, path, "instances by name", func(name string, key *token.Token, n ast.Node, path string) {
		if err := instance.CheckName(name); err != nil {
			p.problem(key, "%s: %v", path, err)
		}
		p.file.Instances = append(p.file.Instances, p.instance(name, len(p.file.Instances), key, n, path))
	})
}

func (p *fileParser) instance(name string, index int, key *token.Token, n ast.Node, path string) instance.Instance {
	i := instance.Instance{Name: name, Dump: instance.DumpSettings{}.WithDefaults()}
	p.object(n, key, path,
		field{"server", true, p.server(&i.Server)},
		field{"database", true, p.text(&i.Database, instance.CheckDatabase)},
		field{"signIn", true, p.signIn(&i.SignIn)},
		field{"policy", true, func(n ast.Node, path string) {
			if name, at, ok := p.string(n, path); ok {
				p.uses = append(p.uses, policyUse{instance: index, name: name, at: at, path: path})
			}
		}},
		field{"dump", false, func(n ast.Node, path string) {
			p.object(n, nil, path,
				field{"stallTimeout", false, p.clock(&i.Dump.StallTimeout, time.Minute, 12*time.Hour)},
				field{"lockTimeout", false, p.clock(&i.Dump.LockTimeout, time.Second, 12*time.Hour)},
				field{"snapshotLimit", false, p.clock(&i.Dump.SnapshotLimit, 10*time.Minute, 3*24*time.Hour)},
				field{"connections", false, p.integer(&i.Dump.Connections, 1, 64)},
				field{"compression", false, p.compression(&i.Dump.Compression)},
				field{"statistics", false, p.boolean(&i.Dump.Statistics)},
			)
		}},
	)
	return i
}

func (p *fileParser) server(into *instance.Server) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		p.object(n, nil, path,
			field{"host", true, p.text(&into.Host, instance.CheckHost)},
			field{"port", false, p.integer(&into.Port, 1, math.MaxUint16)},
			field{"tls", false, func(n ast.Node, path string) {
				p.object(n, nil, path,
					field{"mode", false, p.text(&into.TLS.Mode, instance.CheckTLSMode)},
					field{"rootCertificate", false, p.text(&into.TLS.RootCertificate, instance.CheckPath)},
				)
			}},
		)
		*into = into.WithDefaults()
	}
}

func (p *fileParser) signIn(into *instance.SignIn) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		before := len(p.problems)
		p.object(n, nil, path,
			field{"keyVaultSecret", false, p.text(&into.KeyVaultSecret, instance.CheckSecretURL)},
			field{"entra", false, func(n ast.Node, path string) {
				into.Entra = &instance.Entra{}
				p.object(n, nil, path, field{"user", true, p.text(&into.Entra.User, instance.CheckUser)})
			}},
		)
		if err := into.CheckOne(); err != nil && len(p.problems) == before {
			p.problem(firstToken(p.resolve(n)), "%s: %v", path, err)
		}
	}
}
