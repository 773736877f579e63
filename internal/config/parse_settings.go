package config

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/pgvault/pgvault/internal/instance"
)

func (p *fileParser) compression(into *instance.Compression) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text, at, ok := p.string(n, path)
		if !ok {
			return
		}
		parsed, err := instance.ParseCompression(text)
		if err != nil {
			p.problem(at, "%s: %v", path, err)
		}
		*into = parsed
	}
}

// softDelete reads `off`, or the days with `alwaysOn`.
func (p *fileParser) softDelete(into *instance.SoftDelete) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		switch node := p.resolve(n).(type) {
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
			p.object(n, nil, path,
				field{"days", false, p.integer(&into.Days, instance.LeastSoftDelete, instance.MostSoftDelete)},
				field{"alwaysOn", false, p.truth(&into.AlwaysOn)},
			)
			return
		}
		p.problem(firstToken(p.resolve(n)), "%s: expected off, or {days: %d, alwaysOn: true}, found %s", path, instance.LeastSoftDelete, kind(p.resolve(n)))
	}
}

// truth returns a reader of true or false.
func (r *reader) truth(into *bool) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		node, ok := r.resolve(n).(*ast.BoolNode)
		if !ok {
			r.problem(firstToken(r.resolve(n)), "%s: expected true or false, found %s", path, kind(r.resolve(n)))
			return
		}
		*into = node.Value
	}
}
