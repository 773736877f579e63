package pgtools

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// azureRoles are the roles of Azure's service. They exist on every server of
// Azure's and nobody may create, alter or grant them.
var azureRoles = []string{"azuresu", "azure_superuser", "azure_pg_admin"}

// azureOnlyRoles are names that are the service's on Azure's servers, and may
// be anybody's elsewhere.
var azureOnlyRoles = []string{"replication"}

// reservedRoles are PostgreSQL's own, whose membership a service role gives
// and a restore's user cannot.
var reservedRoles = []string{"pg_use_reserved_connections"}

var grantedBy = regexp.MustCompile(`(?i)\s+GRANTED BY\s+("(?:[^"]|"")*"|[^\s;"]+)`)

// FilterServiceRoles takes Azure's service roles out of the output of
// pg_dumpall --roles-only: what creates, alters, comments or grants them, and
// what makes anybody a member of them. Everything else stays as it is, but for
// "GRANTED BY" a service role, which is struck out of a grant that stays. It
// counts the roles that are left, and names what was left out.
func FilterServiceRoles(sql []byte) (kept []byte, count int, leftOut []string) {
	statements := splitStatements(string(sql))
	isService := serviceRoles(statements)
	var out strings.Builder
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
		if !slices.Contains(leftOut, reason) {
			leftOut = append(leftOut, reason)
		}
	}
	return []byte(out.String()), count, leftOut
}

// serviceRoles returns the names of the service's own roles on the server that was
// dumped: an Azure server is known by Azure's roles.
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

// serviceStatement returns what the statement is left out as, "" if it stays.
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
