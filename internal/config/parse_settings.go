package config

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/instance"
)

func (p *fileParser) compression(into *instance.Compression) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text, at, ok := p.String(n, path)
		if !ok {
			return
		}
		parsed, err := instance.ParseCompression(text)
		if err != nil {
			p.Problem(at, "%s: %v", path, err)
		}
		*into = parsed
	}
}

// flag reads a setting that is nil unless the file has it.
func (p *fileParser) flag(into **bool) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		*into = new(bool)
		p.Boolean(*into)(n, path)
	}
}

// softDelete reads `off`, or the days with `alwaysOn`.
func (p *fileParser) softDelete(into *instance.SoftDelete) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		switch node := p.Resolve(n).(type) {
		case *ast.StringNode:
			if node.Value == "off" {
				*into = instance.SoftDelete{Off: true}
				return
			}
		case *ast.BoolNode:
			if !node.Value {
				*into = instance.SoftDelete{Off: true}
				return
			}
		case *ast.MappingNode:
			p.Object(n, nil, path,
				yamlreader.Optional("days", p.Integer(&into.Days, instance.LeastSoftDelete, instance.MostSoftDelete)),
				yamlreader.Optional("alwaysOn", p.Boolean(&into.AlwaysOn)),
			)
			return
		}
		p.Problem(yamlreader.FirstToken(p.Resolve(n)), "%s: expected off, or {days: %d, alwaysOn: true}, found %s", path, instance.LeastSoftDelete, yamlreader.Kind(p.Resolve(n)))
	}
}
