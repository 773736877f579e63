package yamlreader

import (
	"cmp"
	"encoding"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/failure/suggest"
)

// Reader walks a YAML tree by a given shape and collects its mistakes. Decoding
// into structs would end at the first mistake, and would know no positions for the
// rules of a caller.
type Reader struct {
	mistakes []mistake
	anchors  map[string]ast.Node
}

type mistake struct {
	line, column int
	text         string
}

// Field is one field of a mapping.
type Field struct {
	name     string
	required bool
	read     func(n ast.Node, path string)
}

// Required returns a field that must be there. read is called with its value.
func Required(name string, read func(n ast.Node, path string)) Field { return Field{name, true, read} }

// Optional returns a field that may be left out.
func Optional(name string, read func(n ast.Node, path string)) Field { return Field{name, false, read} }

// Problem records a mistake at a token.
func (r *Reader) Problem(at *token.Token, format string, args ...any) {
	m := mistake{line: 1, column: 1, text: fmt.Sprintf(format, args...)}
	if at != nil && at.Position != nil {
		m.line, m.column = at.Position.Line, at.Position.Column
	}
	r.mistakes = append(r.mistakes, m)
}

// Problems returns the number of mistakes that were found so far.
func (r *Reader) Problems() int { return len(r.mistakes) }

// sorted returns the mistakes in the order of the file.
func (r *Reader) sorted() []mistake {
	slices.SortStableFunc(r.mistakes, func(a, b mistake) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	return r.mistakes
}

// Object reads a mapping of known fields. Missing ones are reported at key, the
// name of the mapping itself, or where the mapping begins if key is nil.
func (r *Reader) Object(n ast.Node, key *token.Token, path string, fields ...Field) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	seen := map[string]bool{}
	ok := r.Entries(n, path, "fields", func(name string, key *token.Token, value ast.Node, path string) {
		seen[name] = true
		i := slices.Index(names, name)
		if i < 0 {
			r.Problem(key, "%s: unknown field%s", path, cmp.Or(suggest.DidYouMean(name, names), "; the fields here are "+strings.Join(names, ", ")))
			return
		}
		fields[i].read(value, path)
	})
	for _, f := range fields {
		if ok && f.required && !seen[f.name] {
			r.Problem(cmp.Or(key, FirstToken(n)), "%s: missing; add %q", Join(path, f.name), f.name+":")
		}
	}
}

// Entries reads a mapping of any names, and reports whether n is a mapping.
func (r *Reader) Entries(n ast.Node, path, what string, each func(name string, key *token.Token, value ast.Node, path string)) bool {
	n = r.Resolve(n)
	mapping, ok := n.(*ast.MappingNode)
	if !ok {
		r.Problem(FirstToken(n), "%s: expected %s, found %s", cmp.Or(path, "the file"), what, Kind(n))
		return false
	}
	lines := map[string]int{}
	for _, entry := range mapping.Values {
		key := entry.Key.GetToken()
		if _, plain := entry.Key.(ast.ScalarNode); !plain || entry.Key.IsMergeKey() {
			r.Problem(key, "%s: merged and compound keys are not supported; write each field out, or repeat a whole value by an alias", Join(path, key.Value))
			continue
		}
		if first, twice := lines[key.Value]; twice {
			r.Problem(key, "%s: stands here a second time (first on line %d); remove one of them", Join(path, key.Value), first)
			continue
		}
		lines[key.Value] = key.Position.Line
		each(key.Value, key, entry.Value, Join(path, key.Value))
	}
	return true
}

// Has reports whether a mapping has that field.
func (r *Reader) Has(n ast.Node, name string) bool {
	mapping, ok := r.Peek(n).(*ast.MappingNode)
	return ok && slices.ContainsFunc(mapping.Values, func(v *ast.MappingValueNode) bool { return v.Key.GetToken().Value == name })
}

// Fields returns the number of fields of a mapping.
func (r *Reader) Fields(n ast.Node) int {
	if mapping, ok := r.Peek(n).(*ast.MappingNode); ok {
		return len(mapping.Values)
	}
	return 0
}

// List reads a sequence of at least one item.
func (r *Reader) List(n ast.Node, path, what string, each func(n ast.Node, path string)) {
	n = r.Resolve(n)
	sequence, ok := n.(*ast.SequenceNode)
	if !ok || len(sequence.Values) == 0 {
		r.Problem(FirstToken(n), "%s: expected a list of %s in [ ], found %s", path, what, Kind(n))
		return
	}
	for i, item := range sequence.Values {
		each(item, fmt.Sprintf("%s[%d]", path, i))
	}
}

// Text returns a reader of a text that passes the check.
func (r *Reader) Text(into *string, check func(string) error) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		value, at, ok := r.String(n, path)
		if !ok {
			return
		}
		if err := check(value); err != nil {
			r.Problem(at, "%s: %v", path, err)
			return
		}
		*into = value
	}
}

// Parsed returns a reader of a text that a type of its own parses.
func (r *Reader) Parsed(into encoding.TextUnmarshaler) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		value, at, ok := r.String(n, path)
		if !ok {
			return
		}
		if err := into.UnmarshalText([]byte(value)); err != nil {
			r.Problem(at, "%s: %v", path, err)
		}
	}
}

// Integer returns a reader of a whole number within limits.
func (r *Reader) Integer(into *int, least, most int) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		n = r.Resolve(n)
		number, ok := n.(*ast.IntegerNode)
		if !ok {
			r.Problem(FirstToken(n), "%s: expected a number, found %s", path, Kind(n))
			return
		}
		value, err := strconv.Atoi(number.Token.Value)
		if err != nil || value < least || value > most {
			r.Problem(number.Token, "%s: %s is not a number from %d to %d", path, number.Token.Value, least, most)
			return
		}
		*into = value
	}
}

// Boolean returns a reader of true or false.
func (r *Reader) Boolean(into *bool) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		n = r.Resolve(n)
		value, ok := n.(*ast.BoolNode)
		if !ok {
			r.Problem(FirstToken(n), "%s: expected true or false, found %s", path, Kind(n))
			return
		}
		*into = value.Value
	}
}

// String returns a text and its token, and reports whether n is one.
func (r *Reader) String(n ast.Node, path string) (string, *token.Token, bool) {
	n = r.Resolve(n)
	switch node := n.(type) {
	case *ast.StringNode:
		return node.Value, node.Token, true
	case *ast.LiteralNode:
		return strings.TrimSuffix(node.Value.Value, "\n"), node.Start, true
	}
	r.Problem(FirstToken(n), "%s: expected text, found %s; put it in quotes if it is meant as text", path, Kind(n))
	return "", nil, false
}

// Resolve follows tags, anchors and aliases to the value itself. An alias can
// only mean an anchor above it, so the walk has met the anchor before.
func (r *Reader) Resolve(n ast.Node) ast.Node {
	switch node := n.(type) {
	case *ast.TagNode:
		return r.Resolve(node.Value)
	case *ast.AnchorNode:
		value := r.Resolve(node.Value)
		r.anchors[node.Name.GetToken().Value] = value
		return value
	case *ast.AliasNode:
		name := node.Value.GetToken()
		if value, ok := r.anchors[name.Value]; ok {
			return value
		}
		r.Problem(name, "alias *%s: nothing above is marked &%s", name.Value, name.Value)
	}
	return n
}

// Peek is Resolve without reporting anything, for a look at a value that is
// read afterwards.
func (r *Reader) Peek(n ast.Node) ast.Node {
	switch node := n.(type) {
	case *ast.TagNode:
		return r.Peek(node.Value)
	case *ast.AnchorNode:
		return r.Peek(node.Value)
	case *ast.AliasNode:
		return r.anchors[node.Value.GetToken().Value]
	}
	return n
}

// FirstToken returns the token at which a value begins. A mapping's own token is its first colon.
func FirstToken(n ast.Node) *token.Token {
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

// Kind returns what a value is, for messages.
func Kind(n ast.Node) string {
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

// Join returns the path of a field.
func Join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
