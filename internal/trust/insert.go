package trust

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	yamlparser "github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// insertKey returns a text of a trust file with an item in a list of keys. It
// inserts in one place. The caller checks the result, since YAML can be written in
// more ways than are known here.
func insertKey(text string, p Purpose, item string) string {
	tree, err := yamlparser.ParseBytes([]byte(text), 0)
	if err != nil || len(tree.Docs) == 0 {
		return text
	}
	root, ok := tree.Docs[0].Body.(*ast.MappingNode)
	if !ok {
		return text
	}
	signatures := entry(root, "signatures")
	switch {
	case signatures == nil && root.IsFlowStyle:
		return beforeBracket(text, root.End, fmt.Sprintf("signatures: {required: false, %s: [%s]}", p, item))
	case signatures == nil:
		return atLine(text, len(lines(text)), "signatures:", "  required: false", fmt.Sprintf("  %s:", p), "    - "+item)
	}
	mapping, ok := signatures.Value.(*ast.MappingNode)
	if !ok {
		return text
	}
	list := entry(mapping, string(p))
	switch {
	case list == nil && mapping.IsFlowStyle:
		return beforeBracket(text, mapping.End, fmt.Sprintf("%s: [%s]", p, item))
	case list == nil:
		indent := indentOf(mapping.Values[0].Key.GetToken())
		return atLine(text, endOfBlock(text, signatures.Key.GetToken()), indent+string(p)+":", indent+"  - "+item)
	}
	sequence, ok := list.Value.(*ast.SequenceNode)
	switch {
	case !ok:
		return text
	case sequence.IsFlowStyle:
		return beforeBracket(text, sequence.End, item)
	}
	return atLine(text, endOfBlock(text, list.Key.GetToken()), indentOf(sequence.Start)+"- "+item)
}

// entry returns the entry of a mapping with a name, or nil.
func entry(mapping *ast.MappingNode, name string) *ast.MappingValueNode {
	i := slices.IndexFunc(mapping.Values, func(v *ast.MappingValueNode) bool { return v.Key.GetToken().Value == name })
	if i < 0 {
		return nil
	}
	return mapping.Values[i]
}

// lines returns the lines of a text with their ends.
func lines(text string) []string { return slices.Collect(strings.Lines(text)) }

func indentOf(t *token.Token) string { return strings.Repeat(" ", t.Position.Column-1) }

// endOfBlock returns the number of the last line of the value of a key in block
// style, without the comments and empty lines that follow it.
func endOfBlock(text string, key *token.Token) int {
	all, end := lines(text), key.Position.Line
	for i := end; i < len(all); i++ {
		content := strings.TrimSpace(all[i])
		if content == "" || content[0] == '#' {
			continue
		}
		indent := len(all[i]) - len(strings.TrimLeft(all[i], " "))
		// The items of a list may stand below the first letter of its key.
		if indent < key.Position.Column && (indent != key.Position.Column-1 || content[0] != '-') {
			break
		}
		end = i + 1
	}
	return end
}

// atLine inserts lines after a number of lines.
func atLine(text string, number int, added ...string) string {
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	all := lines(text)
	before := strings.Join(all[:number], "")
	if before != "" && !strings.HasSuffix(before, "\n") {
		before += newline
	}
	return before + strings.Join(added, newline) + newline + strings.Join(all[number:], "")
}

// beforeBracket inserts an item before the bracket that ends a list or a mapping.
func beforeBracket(text string, bracket *token.Token, item string) string {
	last := bracket.Prev
	for last != nil && last.Type == token.CommentType {
		last = last.Prev
	}
	if last != nil && last.Type != token.CollectEntryType {
		item = ", " + item
	}
	all := lines(text)
	line := []rune(all[bracket.Position.Line-1])
	at := bracket.Position.Column - 1
	if at > len(line) {
		return text
	}
	all[bracket.Position.Line-1] = string(line[:at]) + item + string(line[at:])
	return strings.Join(all, "")
}
