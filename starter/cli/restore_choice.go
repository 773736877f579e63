package cli

import (
	"github.com/spf13/pflag"

	"github.com/pgvault/pgvault/internal/jobs"
)

// restoreChoice are the flags that select what to restore from a recovery
// point.
type restoreChoice struct {
	tables, schemas      []string
	withChildren         bool
	schemaOnly, dataOnly bool
}

func (c *restoreChoice) add(flags *pflag.FlagSet) {
	// These are not StringSlice flags: a name may contain a comma.
	flags.StringArrayVar(&c.tables, "table", nil, "table, view or sequence to restore, as SCHEMA.NAME or NAME; may be repeated")
	flags.StringArrayVar(&c.schemas, "schema", nil, "schema to restore; may be repeated")
	flags.BoolVar(&c.withChildren, "with-children", false, "with each --table, restore the tables that inherit from it")
	flags.BoolVar(&c.schemaOnly, "schema-only", false, "restore definitions without rows")
	flags.BoolVar(&c.dataOnly, "data-only", false, "load rows into empty tables of a database that exists")
}

// selective reports whether only a selection is restored.
func (c *restoreChoice) selective() bool {
	return c.schemaOnly || c.dataOnly || c.withChildren || len(c.tables)+len(c.schemas) > 0
}

func (c *restoreChoice) apply(t *jobs.RestoreTarget) error {
	t.Tables, t.Schemas, t.WithChildren = c.tables, c.schemas, c.withChildren
	switch {
	case c.withChildren && len(c.tables) == 0:
		return usagef("--with-children goes with --table")
	case c.schemaOnly && c.dataOnly:
		return usagef("give only one of --schema-only and --data-only")
	case c.dataOnly && (t.Roles || t.KeepFailed):
		return usagef("--roles and --keep-failed do not go with --data-only")
	case c.schemaOnly:
		t.Content = jobs.ContentSchema
	case c.dataOnly:
		t.Content = jobs.ContentData
	}
	return nil
}
