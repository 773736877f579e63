package config

import (
	"cmp"
	"encoding"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/suggest"
)

// reader walks a YAML tree by a given shape and collects what is wrong with
// it. It is used instead of decoding into structs since that ends at the first
// mistake and knows no positions for rules of our own.
type reader struct {
	problems []problem
	anchors  map[string]ast.Node
}

type problem struct {
	line, column int
	text         string
}

// field is one field of a mapping: read is called with its value.
type field struct {
	name     string
	required bool
	read     func(n ast.Node, path string)
}

func (r *reader) problem(at *token.Token, format string, args ...any) {
	p := problem{line: 1, column: 1, text: fmt.Sprintf(format, args...)}
	if at != nil && at.Position != nil {
		p.line, p.column = at.Position.Line, at.Position.Column
	}
	r.problems = append(r.problems, p)
}

// sorted returns the problems in the order of the file.
func (r *reader) sorted() []problem {
	slices.SortStableFunc(r.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	return r.problems
}

// object reads a mapping of known fields. Missing ones are reported at key,
// the name under which the mapping itself stands.
func (r *reader) object(n ast.Node, key *token.Token, path string, fields ...field) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	seen := map[string]bool{}
	ok := r.entries(n, path, "fields", func(name string, key *token.Token, value ast.Node, path string) {
		seen[name] = true
		i := slices.Index(names, name)
		if i < 0 {
			r.problem(key, "%s: unknown field%s", path, cmp.Or(suggest.DidYouMean(name, names), "; the fields here are "+strings.Join(names, ", ")))
			return
		}
		fields[i].read(value, path)
	})
	for _, f := range fields {
		if ok && f.required && !seen[f.name] {
			r.problem(cmp.Or(key, firstToken(n)), "%s: missing; add %q", join(path, f.name), f.name+":")
		}
	}
}

// entries reads a mapping of any names. It tells whether there was a mapping.
func (r *reader) entries(n ast.Node, path, what string, each func(name string, key *token.Token, value ast.Node, path string)) bool {
	n = r.resolve(n)
	mapping, ok := n.(*ast.MappingNode)
	if !ok {
		r.problem(firstToken(n), "%s: expected %s, found %s", cmp.Or(path, "the file"), what, kind(n))
		return false
	}
	lines := map[string]int{}
	for _, entry := range mapping.Values {
		key := entry.Key.GetToken()
		if _, plain := entry.Key.(ast.ScalarNode); !plain || entry.Key.IsMergeKey() {
			r.problem(key, "%s: merged and compound keys are not supported; write each field out, or repeat a whole value by an alias", join(path, key.Value))
			continue
		}
		if first, twice := lines[key.Value]; twice {
			r.problem(key, "%s: stands here a second time (first on line %d); remove one of them", join(path, key.Value), first)
			continue
		}
		lines[key.Value] = key.Position.Line
		each(key.Value, key, entry.Value, join(path, key.Value))
	}
	return true
}

// has reports whether a mapping has that field.
func (r *reader) has(n ast.Node, name string) bool {
	mapping, ok := r.peek(n).(*ast.MappingNode)
	return ok && slices.ContainsFunc(mapping.Values, func(v *ast.MappingValueNode) bool { return v.Key.GetToken().Value == name })
}

// list reads a sequence of at least one item.
func (r *reader) list(n ast.Node, path, what string, each func(n ast.Node, path string)) {
	n = r.resolve(n)
	sequence, ok := n.(*ast.SequenceNode)
	if !ok || len(sequence.Values) == 0 {
		r.problem(firstToken(n), "%s: expected a list of %s in [ ], found %s", path, what, kind(n))
		return
	}
	for i, item := range sequence.Values {
		each(item, fmt.Sprintf("%s[%d]", path, i))
	}
}

// text returns a reader of a text that passes the check.
func (r *reader) text(into *string, check func(string) error) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		value, at, ok := r.string(n, path)
		if !ok {
			return
		}
		if err := check(value); err != nil {
			r.problem(at, "%s: %v", path, err)
			return
		}
		*into = value
	}
}

// parsed returns a reader of a text that a type of its own parses.
func (r *reader) parsed(into encoding.TextUnmarshaler) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		value, at, ok := r.string(n, path)
		if !ok {
			return
		}
		if err := into.UnmarshalText([]byte(value)); err != nil {
			r.problem(at, "%s: %v", path, err)
		}
	}
}

// integer returns a reader of a whole number within limits.
func (r *reader) integer(into *int, least, most int) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		n = r.resolve(n)
		number, ok := n.(*ast.IntegerNode)
		if !ok {
			r.problem(firstToken(n), "%s: expected a number, found %s", path, kind(n))
			return
		}
		value, err := strconv.Atoi(number.Token.Value)
		if err != nil || value < least || value > most {
			r.problem(number.Token, "%s: %s is not a number from %d to %d", path, number.Token.Value, least, most)
			return
		}
		*into = value
	}
}

func (r *reader) boolean(into *bool) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		n = r.resolve(n)
		value, ok := n.(*ast.BoolNode)
		if !ok {
			r.problem(firstToken(n), "%s: expected true or false, found %s", path, kind(n))
			return
		}
		*into = value.Value
	}
}

func (r *reader) string(n ast.Node, path string) (string, *token.Token, bool) {
	n = r.resolve(n)
	switch node := n.(type) {
	case *ast.StringNode:
		return node.Value, node.Token, true
	case *ast.LiteralNode:
		return strings.TrimSuffix(node.Value.Value, "\n"), node.Start, true
	}
	r.problem(firstToken(n), "%s: expected text, found %s; put it in quotes if it is meant as text", path, kind(n))
	return "", nil, false
}

// resolve follows tags, anchors and aliases to the value itself. An alias can
// only mean an anchor above it, so the walk has met the anchor before.
func (r *reader) resolve(n ast.Node) ast.Node {
	switch node := n.(type) {
	case *ast.TagNode:
		return r.resolve(node.Value)
	case *ast.AnchorNode:
		value := r.resolve(node.Value)
		r.anchors[node.Name.GetToken().Value] = value
		return value
	case *ast.AliasNode:
		name := node.Value.GetToken()
		if value, ok := r.anchors[name.Value]; ok {
			return value
		}
		r.problem(name, "alias *%s: nothing above is marked &%s", name.Value, name.Value)
	}
	return n
}

// peek is resolve without reporting anything, for a look at a value that is
// read afterwards.
func (r *reader) peek(n ast.Node) ast.Node {
	switch node := n.(type) {
	case *ast.TagNode:
		return r.peek(node.Value)
	case *ast.AnchorNode:
		return r.peek(node.Value)
	case *ast.AliasNode:
		return r.anchors[node.Value.GetToken().Value]
	}
	return n
}

// firstToken is where a value begins. A mapping's own token is its first colon.
func firstToken(n ast.Node) *token.Token {
	switch node := n.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if len(node.Values) > 0 {
			return node.Values[0].Key.GetToken()
		}
	}
	return n.GetToken()
}

func kind(n ast.Node) string {
	switch node := n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		if len(node.Values) == 0 {
			return "an empty list"
		}
		return "a list"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + n.GetToken().Value
	case *ast.BoolNode:
		return "the truth value " + n.GetToken().Value
	case *ast.AliasNode:
		return "an unknown alias"
	default:
		return fmt.Sprintf("%q", n.GetToken().Value)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
