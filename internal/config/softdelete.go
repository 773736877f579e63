package config

import (
	"cmp"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Limits of the soft-delete term in days, Azure Backup's own.
const (
	leastSoftDelete = 14
	mostSoftDelete  = 180
)

// SoftDelete says how long what is deleted can be brought back. Its zero value
// is the default: 14 days.
type SoftDelete struct {
	Off  bool `json:"off,omitempty"`
	Days int  `json:"days,omitempty"`
	// AlwaysOn can be set and never be taken back.
	AlwaysOn bool `json:"alwaysOn,omitempty"`
}

// Term is how long what is deleted now can be brought back; 0 if not at all.
func (s SoftDelete) Term() time.Duration {
	if s.Off {
		return 0
	}
	return time.Duration(cmp.Or(s.Days, leastSoftDelete)) * 24 * time.Hour
}

// Weakens tells whether the settings take back what these ones promise for ever.
func (s SoftDelete) Weakens(by SoftDelete) bool { return s.AlwaysOn && (by.Off || !by.AlwaysOn) }

// softDelete reads `off`, or the days with `alwaysOn`.
func (p *fileParser) softDelete(into *SoftDelete) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		switch node := p.resolve(n).(type) {
		case *ast.StringNode:
			if node.Value == "off" {
				*into = SoftDelete{Off: true}
				return
			}
		case *ast.BoolNode:
			if !node.Value {
				*into = SoftDelete{Off: true}
				return
			}
		case *ast.MappingNode:
			p.object(n, nil, path,
				field{"days", false, p.integer(&into.Days, leastSoftDelete, mostSoftDelete)},
				field{"alwaysOn", false, p.truth(&into.AlwaysOn)},
			)
			return
		}
		p.problem(firstToken(p.resolve(n)), "%s: expected off, or {days: %d, alwaysOn: true}, found %s", path, leastSoftDelete, kind(p.resolve(n)))
	}
}

// truth gives a reader of true or false.
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
