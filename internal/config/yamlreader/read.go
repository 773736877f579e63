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
	r, body, ok := Open(data)
	if ok {
		walk(r, body)
	}
	return r.Failure(action)
}

// Open parses a document, of which the caller reads the value. A document that
// cannot be read is a mistake, and ok is false.
func Open(data []byte) (r *Reader, body ast.Node, ok bool) {
	r = &Reader{anchors: map[string]ast.Node{}}
	if line := tooDeep(data); line > 0 {
		r.mistakes = append(r.mistakes, mistake{line, 1, "the line is too long, or nested too deeply"})
		return r, nil, false
	}
	// The parser would stop at the first duplicate key. The reader names them all.
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.unreadable(err)
		return r, nil, false
	}
	if len(tree.Docs) > 0 {
		body = tree.Docs[0].Body
	}
	if len(tree.Docs) > 1 {
		r.Problem(tree.Docs[1].Start, "the file has more than one YAML document; remove the line \"---\"")
	}
	return r, body, true
}

// Failure returns an error with all mistakes, or nil if there is none.
func (r *Reader) Failure(action string) error {
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

// unreadable records the parser's error, without the excerpt of the file that the
// parser adds.
func (r *Reader) unreadable(err error) {
	var syntax yaml.Error
	if !errors.As(err, &syntax) {
		r.Problem(nil, "the file is not YAML: %v", err)
		return
	}
	r.Problem(syntax.GetToken(), "not valid YAML: %s", syntax.GetMessage())
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
