package pgtools

import (
	"regexp"
	"strings"
)

// harmlessError is an error of pg_restore that managed servers cause in every
// restore and that loses nothing of the database. The list is short on purpose:
// extensions, event triggers, publications, owners and grants that a server
// refuses are losses and fail the restore.
type harmlessError struct {
	// Both must match; message matches the first line of the message.
	message   *regexp.Regexp
	statement *regexp.Regexp
	why       string
}

// service matches a role of Azure's service, quoted or not.
const service = `"?(?:azure_pg_admin|azure_superuser|azuresu)"?`

var harmlessErrors = []harmlessError{
	{
		message:   regexp.MustCompile(`^must be owner of extension `),
		statement: regexp.MustCompile(`^COMMENT ON EXTENSION `),
		why:       "the comment on an extension is the extension's own text, and the target's extension has its own",
	},
	{
		message:   regexp.MustCompile(`^schema "public" already exists$`),
		statement: regexp.MustCompile(`^CREATE SCHEMA "?public"?;?$`),
		why:       "every new database has the schema public",
	},
	{
		message:   regexp.MustCompile(`^must be owner of schema "?public"?$`),
		statement: regexp.MustCompile(`^COMMENT ON SCHEMA "?public"? IS 'standard public schema';?$`),
		why:       "it is the text that every new database's schema public has",
	},
	{
		message:   regexp.MustCompile(`^unrecognized configuration parameter "transaction_timeout"$`),
		statement: regexp.MustCompile(`^SET transaction_timeout = 0;?$`),
		why:       "a server before PostgreSQL 17 has no such limit to lift",
	},
	{
		message:   regexp.MustCompile(`^role ` + service + ` does not exist$`),
		statement: regexp.MustCompile(`^(?:ALTER |GRANT |REVOKE |SET SESSION AUTHORIZATION )`),
		why:       "the role is Azure's own and exists on its servers only; the restore's user stays the owner",
	},
	{
		message:   regexp.MustCompile(`^(?:must be member of role|must be able to SET ROLE) ` + service + `$`),
		statement: regexp.MustCompile(`^ALTER .* OWNER TO ` + service + `;?$`),
		why:       "the role is Azure's own, and only Azure may give it objects; the restore's user stays the owner",
	},
	{
		message:   regexp.MustCompile(`^extension "(?:azure|pgaadauth)" is not available|^could not open extension control file ".*/(?:azure|pgaadauth)\.control"|^extension "(?:azure|pgaadauth)" does not exist$`),
		statement: regexp.MustCompile(`^(?:CREATE|COMMENT ON) EXTENSION `),
		why:       "the extension is part of Azure's servers and holds nothing of the database",
	},
}

// whyHarmless returns the reason why an error is harmless, or "" if it is a
// loss.
func whyHarmless(e RestoreError) string {
	message, _, _ := strings.Cut(e.Message, "\n")
	for _, h := range harmlessErrors {
		if h.message.MatchString(message) && h.statement.MatchString(strings.TrimSpace(e.Statement)) {
			return h.why
		}
	}
	return ""
}
