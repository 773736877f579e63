package jobs

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pgvault/pgvault/internal/failure"
)

// Into asks for a restore of tables into the existing database of a
// [RestoreTarget]. No existing table is touched.
type Into struct {
	// As names the table to restore the one selected table as, with its schema:
	// "shop.orders_before". Empty keeps the name.
	As string `json:"as,omitempty"`
	// Schema is the schema to restore all selected tables into under their own
	// names. Empty keeps their schemas.
	Schema string `json:"schema,omitempty"`
	// AllowPublications and AllowEventTriggers report whether to restore although
	// a publication or an event trigger of the database would act on the tables.
	AllowPublications  bool `json:"allowPublications,omitempty"`
	AllowEventTriggers bool `json:"allowEventTriggers,omitempty"`
}

// RescuePrefix is the prefix of the names of the schemas in which a job makes the
// tables of an existing database. Nothing is restored into such a schema, which
// would be dropped with its job.
const RescuePrefix = "pgvault_rescue_"

// Check returns an error if a name is not one of a table or schema.
func (i Into) Check() error {
	if i.As != "" && i.Schema != "" {
		return errors.New("a table gets another name or another schema, and not both")
	}
	if i.As != "" {
		_, _, err := ParseTableName(i.As)
		return err
	}
	if i.Schema != "" {
		return checkSchema(i.Schema)
	}
	return nil
}

// ParseTableName splits the name of a table with its schema. Each part is as it is
// in the database, or a quoted identifier of SQL: shop.orders or "My Shop"."a.b".
func ParseTableName(text string) (schema, name string, err error) {
	schema, rest, err := nextPart(text)
	if err == nil && strings.HasPrefix(rest, ".") {
		name, rest, err = nextPart(rest[1:])
	}
	if err != nil || name == "" || rest != "" {
		return "", "", fmt.Errorf(`%.200q is not the name of a table with its schema, as shop.orders or "My Shop"."a.b"`, text)
	}
	if err := checkSchema(schema); err != nil {
		return "", "", err
	}
	return schema, name, checkIdentifier(name)
}

// nextPart returns the first part of a name, and what follows it.
func nextPart(text string) (part, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		part, _, _ = strings.Cut(text, ".")
		if strings.Contains(part, `"`) {
			return "", "", errors.New("a quotation mark within a name")
		}
		return part, text[len(part):], nil
	}
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] != '"':
		case strings.HasPrefix(text[i:], `""`):
			i++
		default:
			return strings.ReplaceAll(text[1:i], `""`, `"`), text[i+1:], nil
		}
	}
	return "", "", errors.New("no closing quotation mark")
}

func checkSchema(name string) error {
	if strings.HasPrefix(name, RescuePrefix) {
		return fmt.Errorf("schema %q would be dropped with its job; give one that does not begin with %s", name, RescuePrefix)
	}
	if strings.HasPrefix(name, "pg_") || name == "information_schema" {
		return fmt.Errorf("schema %q is the server's own, and no dump has its tables; give another", name)
	}
	return checkIdentifier(name)
}

// checkIdentifier returns an error unless a server takes the name as it is. It
// would truncate a longer one.
func checkIdentifier(name string) error {
	if name == "" || len(name) > 63 || strings.ContainsRune(name, 0) || !utf8.ValidString(name) {
		return fmt.Errorf("%.70q is not a name of 1 to 63 bytes", name)
	}
	return nil
}

// checkInto returns an error if an existing database cannot get what the target
// selects.
func (t RestoreTarget) checkInto() error {
	if t.Into == nil {
		return nil
	}
	if len(t.Tables) == 0 || len(t.Schemas) > 0 {
		return failure.New(failure.InvalidInput, "name the tables in target.tables, and leave out target.schemas", "the job's input: an existing database gets named tables only")
	}
	if t.RowsOnly() {
		return failure.New(failure.InvalidInput, "leave out target.into to load rows into existing tables, or target.content to create tables", "the job's input: target.into creates tables, and rows alone create none")
	}
	if t.Roles || t.KeepFailed || t.Statistics {
		return failure.New(failure.InvalidInput, "leave out target.roles, target.keepFailed and target.statistics",
			"the job's input: tables of an existing database come without roles and statistics, and nothing is left of a failed job")
	}
	if err := t.Into.Check(); err != nil {
		return failure.New(failure.InvalidInput, "correct the name in target.into", "the job's input: field \"target.into\": %v", err)
	}
	if t.Into.As != "" && (len(t.Tables) != 1 || t.WithChildren) {
		return failure.New(failure.InvalidInput, "name one table in target.tables, without target.withChildren, or give target.into.schema", "the job's input: several tables cannot have the name %q", t.Into.As)
	}
	return nil
}
