package pgtools

// RoleStatement is a statement of a roles file.
type RoleStatement struct {
	SQL string
	// Creates is the role that the statement creates; empty if it creates none.
	Creates string
	// Changes is the role that the statement changes: the altered or commented
	// one, or the one that becomes a member. Both are empty for a statement that
	// has no place in a roles file.
	Changes string
}

// RoleStatements returns the statements of a roles file. Only those that
// pg_dumpall writes for a role name one in Creates or Changes: CREATE ROLE, ALTER
// ROLE, COMMENT ON ROLE, SECURITY LABEL … ON ROLE, and GRANT of roles to one
// role.
func RoleStatements(sql []byte) []RoleStatement {
	var all []RoleStatement
	for _, s := range splitStatements(string(sql)) {
		if s.sql == "" {
			continue
		}
		words := sqlWords(s.sql)
		if !isSetting(words) {
			all = append(all, roleStatement(s.sql, words))
		}
	}
	return all
}

// isSetting reports whether a statement is a setting of pg_dumpall's session,
// with which each file begins.
func isSetting(words []string) bool {
	return len(words) > 1 && words[0] == "SET" &&
		(words[1] == "default_transaction_read_only" || words[1] == "client_encoding" || words[1] == "standard_conforming_strings")
}

func roleStatement(sql string, words []string) RoleStatement {
	s := RoleStatement{SQL: sql}
	switch {
	case isStatement(words, "CREATE", "ROLE") && len(words) == 3:
		s.Creates = words[2]
	case isStatement(words, "ALTER", "ROLE") && len(words) > 3 && words[3] != "RENAME":
		s.Changes = words[2]
	case isStatement(words, "COMMENT", "ON", "ROLE"):
		s.Changes = words[3]
	case isStatement(words, "SECURITY", "LABEL"):
		s.Changes = labelled(words)
	case isStatement(words, "GRANT") && len(words) > 3 && words[2] == "TO":
		s.Changes = words[3]
	}
	return s
}

// labelled returns the role of SECURITY LABEL [FOR provider] ON ROLE name IS …,
// or "" if the label is on something else.
func labelled(words []string) string {
	rest := words[2:]
	if len(rest) > 1 && rest[0] == "FOR" && rest[1] != "ON" {
		rest = rest[2:]
	} else if len(rest) > 0 && rest[0] == "FOR" {
		rest = rest[1:] // the provider is a string, which is no word
	}
	if len(rest) > 2 && rest[0] == "ON" && rest[1] == "ROLE" {
		return rest[2]
	}
	return ""
}
