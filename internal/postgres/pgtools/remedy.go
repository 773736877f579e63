package pgtools

import (
	"regexp"
	"slices"
	"strings"
)

// advice is the remedy for a statement that the target refuses.
type advice struct {
	// state is the prefix of the SQLSTATE; "" for errors recognized by their
	// message only.
	state string
	// words match the message if the state is unknown, as in pg_restore's
	// output.
	words  *regexp.Regexp
	remedy string
}

// raised is the remedy for an error raised by a function of the database. It
// may have any SQLSTATE.
const raised = "The function in the error's context raised it. If an event trigger calls it: ALTER EVENT TRIGGER … DISABLE; else change or disable what calls it."

// advices are tried in order.
var advices = []advice{
	{"P0", regexp.MustCompile(`(?m)^CONTEXT:  PL/pgSQL function .* at RAISE$`), raised},
	{"42501", regexp.MustCompile(`^(?:permission denied|must be (?:owner|member|superuser|able to SET ROLE))`),
		"The restore's user lacks a right: GRANT it the role that owns the object, restore as a role that may, or leave out owners and grants, by --owners omit --grants omit."},
	{"", regexp.MustCompile(`^role .* does not exist$`),
		"Restore roles first, by --roles, or leave out owners and grants, by --owners omit --grants omit."},
	{"", regexp.MustCompile(`^(?:extension .* is not available|could not open extension control file|extension .* is not allow-listed)`),
		"Install and allow the extension on the target server."},
	{"23514", regexp.MustCompile(`violates check constraint`),
		"If the check reads another table, that one has to be loaded before: --connections 1 keeps the archive's order. With --data-only, drop the constraint in the target until the rows are there."},
	{"23503", regexp.MustCompile(`violates foreign key constraint`),
		"A row refers to one that is not there: restore the other table too, or mend the rows in the source and back up again."},
	{"23505", regexp.MustCompile(`^(?:could not create unique index|duplicate key value)`),
		"Rows that have to differ are alike: mend them in the source and back up again; --keep-failed keeps all that can be restored."},
	{"22", nil, "The target does not take the value: compare the column's type, and the versions and locales of both servers."},
	{"42P01", regexp.MustCompile(`^relation .* does not exist$`), "The statement needs a table or view that is not there: restore it too. The body of a function has to name its schema."},
	{"42883", regexp.MustCompile(`^(?:function|operator|type) .* does not exist`), "The statement needs an object that is not there: restore it too. The body of a function has to name its schema."},
	{"42703", nil, "The target's table has other columns than the dump's: restore the definitions too, or make the tables alike."},
}

const anyRemedy = "Mend the cause on the target server (a missing role: restore roles first, by --roles, or leave out owners and grants, by --owners omit --grants omit; a role that the user may not act for: GRANT it to the user; a missing extension: allow and install it)."

// Remedy returns the remedies for statements that the target refused, one for
// each cause.
func Remedy(failed []RestoreError) string {
	var all []string
	for _, e := range failed {
		if remedy := e.remedy(); !slices.Contains(all, remedy) {
			all = append(all, remedy)
		}
	}
	return strings.Join(append(all, "Then restore again."), " ")
}

func (e RestoreError) remedy() string {
	message, _, _ := strings.Cut(e.Message, "\n")
	for i, a := range advices {
		switch {
		case i == 0 && a.words.MatchString(e.Message), // in any state
			e.State != "" && a.state != "" && strings.HasPrefix(e.State, a.state),
			(e.State == "" || a.state == "") && a.words != nil && a.words.MatchString(message):
			return a.remedy
		}
	}
	return anyRemedy
}
