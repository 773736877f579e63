package yamlreader

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/pgvault/pgvault/internal/failure"
)

// Read parses a document and has walk read its value, which is nil for an empty
// document. The error is a *failure.Error with the code
// [failure.InvalidConfiguration] and the given action. It names all mistakes, one
// finding each.
func Read(data []byte, action string, walk func(r *Reader, body ast.Node)) error {
	r := &Reader{anchors: map[string]ast.Node{}}
	if line := tooDeep(data); line > 0 {
		r.mistakes = append(r.mistakes, mistake{line, 1, "the line is too long, or nested too deeply"})
		return r.failure(action)
	}
	// The parser would stop at the first duplicate key. The reader names them all.
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return r.syntaxError(err, action)
	}
	var body ast.Node
	if len(tree.Docs) > 0 {
		body = tree.Docs[0].Body
	}
	if len(tree.Docs) > 1 {
		r.Problem(tree.Docs[1].Start, "the file has more than one YAML document; remove the line \"---\"")
	}
	walk(r, body)
	return r.failure(action)
}

func (r *Reader) failure(action string) error {
	findings := make([]failure.Finding, 0, len(r.mistakes))
	lines := make([]string, 0, len(r.mistakes))
	for _, m := range r.sorted() {
		text := fmt.Sprintf("line %d, column %d: %s", m.line, m.column, m.text)
		lines = append(lines, text)
		findings = append(findings, failure.Finding{Check: "configuration", Code: failure.InvalidConfiguration, Message: text})
	}
	if len(findings) == 0 {
		return nil
	}
	err := failure.New(failure.InvalidConfiguration, action, "%s", strings.Join(lines, "\n"))
	err.Findings = findings
	return err
}

// syntaxError returns the parser's finding without the excerpt of the file that the
// parser adds.
func (r *Reader) syntaxError(err error, action string) error {
	var syntax yaml.Error
	if !errors.As(err, &syntax) {
		return failure.Wrap(err, failure.InvalidConfiguration, action, "the file is not YAML")
	}
	r.Problem(syntax.GetToken(), "not valid YAML: %s", syntax.GetMessage())
	return r.failure(action)
}

// The parser takes a time that grows with the square of the depth of values. Without
// brackets the depth is bounded by the length of a line and its indentation.
const (
	maxDepth = 100
	maxLine  = 16 << 10
)

// tooDeep returns the number of the first line that is not parsed, or 0. It counts
// brackets in quotes and comments too.
func tooDeep(data []byte) int {
	number, depth := 0, 0
	for line := range bytes.Lines(data) {
		number++
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
			if depth > maxDepth {
				return number
			}
		}
		if len(line) > maxLine {
			return number
		}
	}
	return 0
}
