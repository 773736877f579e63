package pgtools

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

// azureRoles are the roles of Azure's service. Every Azure server has them, and
// nobody may create, alter or grant them.
var azureRoles = []string{"azuresu", "azure_superuser", "azure_pg_admin"}

// azureOnlyRoles are names that belong to the service on Azure's servers and
// may be any user's elsewhere.
var azureOnlyRoles = []string{"replication"}

// reservedRoles are predefined roles of PostgreSQL that only a service role can
// grant.
var reservedRoles = []string{"pg_use_reserved_connections"}

// IsServiceRole reports whether a role is one of Azure's service.
func IsServiceRole(name string) bool { return slices.Contains(azureRoles, name) }

var grantedBy = regexp.MustCompile(`(?i)\s+GRANTED BY\s+("(?:[^"]|"")*"|[^\s;"]+)`)

// FilterServiceRoles removes Azure's service roles from the output of
// pg_dumpall --roles-only: the statements that create, alter, comment on or
// grant them, or grant membership in them. It also removes "GRANTED BY" a
// service role from other grants. It returns the number of remaining roles and
// the names of the removed objects.
func FilterServiceRoles(sql []byte) (kept []byte, count int, leftOut []string) {
	statements := splitStatements(string(sql))
	isService := serviceRoles(statements)
	var out strings.Builder
	told := map[string]bool{}
	var omitted printable.Notes
	for _, s := range statements {
		words := sqlWords(s.sql)
		reason := serviceStatement(words, isService)
		if reason == "" {
			if isStatement(words, "CREATE", "ROLE") {
				count++
			}
			out.WriteString(s.before + withoutGrantor(s.sql, isService))
			continue
		}
		out.WriteString(s.before)
		if !told[reason] {
			told[reason] = true
			omitted.Add(reason)
		}
	}
	return []byte(out.String()), count, omitted.Lines()
}

// serviceRoles returns a function that reports whether a role belongs to the
// service on the dumped server. A server with Azure's roles is an Azure server.
func serviceRoles(statements []statement) func(string) bool {
	names := slices.Clone(azureRoles)
	for _, s := range statements {
		words := sqlWords(s.sql)
		if isStatement(words, "CREATE", "ROLE") && slices.Contains(azureRoles, words[2]) {
			names = append(names, azureOnlyRoles...)
			break
		}
	}
	return func(name string) bool { return slices.Contains(names, name) }
}

// serviceStatement returns the name under which the statement is left out, or
// "" if it stays.
func serviceStatement(words []string, isService func(string) bool) string {
	switch {
	case isStatement(words, "CREATE", "ROLE"), isStatement(words, "ALTER", "ROLE"):
		if isService(words[2]) {
			return "role " + words[2]
		}
	case isStatement(words, "COMMENT", "ON", "ROLE"):
		if isService(words[3]) {
			return "role " + words[3]
		}
	case isStatement(words, "SECURITY", "LABEL"):
		if i := slices.Index(words, "ROLE"); i > 0 && i+1 < len(words) && isService(words[i+1]) {
			return "role " + words[i+1]
		}
	case isStatement(words, "GRANT"), isStatement(words, "REVOKE"):
		return serviceGrant(words, isService)
	}
	return ""
}

func serviceGrant(words []string, isService func(string) bool) string {
	to := slices.IndexFunc(words, func(w string) bool { return w == "TO" || w == "FROM" })
	if to < 2 || to+1 >= len(words) {
		return ""
	}
	role, member := words[1], words[to+1]
	switch {
	case isService(member):
		return "role " + member
	case to == 2 && (isService(role) || slices.Contains(reservedRoles, role)):
		return fmt.Sprintf("membership of %q in %s", member, role)
	}
	return ""
}

func withoutGrantor(sql string, isService func(string) bool) string {
	match := grantedBy.FindStringSubmatchIndex(sql)
	if match == nil || !strings.HasPrefix(sql, "GRANT ") {
		return sql
	}
	if words := sqlWords(sql[match[2]:match[3]]); len(words) == 1 && isService(words[0]) {
		return sql[:match[0]] + sql[match[1]:]
	}
	return sql
}

func isStatement(words []string, keywords ...string) bool {
	return len(words) > len(keywords) && slices.Equal(words[:len(keywords)], keywords)
}
