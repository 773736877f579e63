package document

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

// EncodeYAML returns a document as YAML, with the values of its JSON. Strings with
// characters that [printable.Line] escapes are in double quotes, and those characters are
// escaped: a string without quotes has no escapes.
func EncodeYAML(d Document) ([]byte, error) {
	text, err := Encode(d)
	if err != nil {
		return nil, err
	}
	var value any
	if err := yaml.UnmarshalWithOptions(text, &value, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	node, err := yaml.ValueToNode(value)
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	ast.Walk(quoting{}, node)
	return []byte(node.String()), nil
}

// quoting puts strings into double quotes.
type quoting struct{}

// Visit implements [ast.Visitor].
func (q quoting) Visit(node ast.Node) ast.Visitor {
	if s, ok := node.(*ast.StringNode); ok && (printable.Line(s.Value) != s.Value || begins(s.Value)) {
		s.Token.Type = token.DoubleQuoteType
	}
	return q
}

// begins reports whether a text begins like a key of a mapping, "? " or "<<", which the
// encoder does not put into quotes.
func begins(text string) bool { return strings.HasPrefix(text, "?") || strings.HasPrefix(text, "<<") }
