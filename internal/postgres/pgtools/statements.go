package pgtools

import "strings"

// statement is an SQL statement with its semicolon and the blanks, comments and
// psql commands before it.
type statement struct {
	before string
	sql    string
}

// splitStatements splits the output of pg_dumpall. It understands what occurs
// there: strings, quoted names, "--" comments and lines that begin with a
// backslash.
func splitStatements(text string) []statement {
	var all []statement
	for text != "" {
		start := skipBlank(text)
		end := start + statementEnd(text[start:])
		all = append(all, statement{before: text[:start], sql: text[start:end]})
		text = text[end:]
	}
	return all
}

// skipBlank returns the offset of the next statement.
func skipBlank(text string) int {
	i := 0
	for i < len(text) {
		switch {
		case strings.IndexByte(" \t\r\n", text[i]) >= 0:
			i++
		case strings.HasPrefix(text[i:], "--"), text[i] == '\\':
			line := strings.IndexByte(text[i:], '\n')
			if line < 0 {
				return len(text)
			}
			i += line + 1
		default:
			return i
		}
	}
	return i
}

// statementEnd returns the end of the statement at the beginning of text.
func statementEnd(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ';':
			return i + 1
		case '\'':
			escapes := i > 0 && text[i-1] == 'E'
			i += quotedEnd(text[i:], escapes) - 1
		case '"':
			i += quotedEnd(text[i:], false) - 1
		case '-':
			if strings.HasPrefix(text[i:], "--") {
				if line := strings.IndexByte(text[i:], '\n'); line >= 0 {
					i += line
				} else {
					return len(text)
				}
			}
		}
	}
	return len(text)
}

// quotedEnd returns the end of the quoted text at the beginning; a doubled
// quote is part of it.
func quotedEnd(text string, escapes bool) int {
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch {
		case escapes && text[i] == '\\':
			i++
		case text[i] == quote && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

// sqlWords returns the keywords and unquoted names of a statement, without
// strings and punctuation.
func sqlWords(sql string) []string {
	var words []string
	for i := 0; i < len(sql); {
		switch c := sql[i]; {
		case c == '"':
			end := quotedEnd(sql[i:], false)
			words = append(words, strings.ReplaceAll(strings.TrimSuffix(sql[i+1:i+end], `"`), `""`, `"`))
			i += end
		case c == '\'':
			i += quotedEnd(sql[i:], i > 0 && sql[i-1] == 'E')
		case strings.IndexByte(" \t\r\n;,()=", c) >= 0:
			i++
		default:
			end := strings.IndexAny(sql[i:], " \t\r\n;,()=\"'")
			if end < 0 {
				end = len(sql) - i
			}
			words = append(words, sql[i:i+end])
			i += end
		}
	}
	return words
}
