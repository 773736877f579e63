package archive

import "strings"

// nameReader reads the parts of a statement with quoted names. After a part that it
// does not find, failed stays set.
type nameReader struct {
	rest   string
	failed bool
}

func (r *nameReader) skip(text string) {
	rest, found := strings.CutPrefix(r.rest, text)
	r.rest, r.failed = rest, r.failed || !found
}

// name reads a quoted name.
func (r *nameReader) name() string {
	length := quotedLength(r.rest)
	if length == 0 {
		r.failed = true
		return ""
	}
	name := unquoted(r.rest[:length])
	r.rest = r.rest[length:]
	return name
}

func (r *nameReader) qualified() (schema, name string) {
	schema = r.name()
	r.skip(".")
	return schema, r.name()
}

// list reads names in parentheses.
func (r *nameReader) list() (names []string) {
	r.skip("(")
	for !r.failed {
		names = append(names, r.name())
		if !strings.HasPrefix(r.rest, ", ") {
			break
		}
		r.skip(", ")
	}
	r.skip(")")
	return names
}

// unquoted returns the name of a quoted one.
func unquoted(sql string) string { return strings.ReplaceAll(sql[1:len(sql)-1], `""`, `"`) }

// quotedLength returns the length of the quoted name at the beginning of sql, in
// bytes; 0 if there is none.
func quotedLength(sql string) int {
	if !strings.HasPrefix(sql, `"`) {
		return 0
	}
	for i := 1; i < len(sql); i++ {
		if sql[i] != '"' {
			continue
		}
		if !strings.HasPrefix(sql[i+1:], `"`) {
			return i + 1
		}
		i++
	}
	return 0
}
