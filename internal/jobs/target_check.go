package jobs

import (
	"fmt"
	"slices"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// Check returns a [failure.InvalidInput] that names the invalid field.
func (t RestoreTarget) Check() error {
	if (t.Server == nil) == (t.Container == "") {
		return failure.New(failure.InvalidInput, "give target.server with target.database, or target.container", "the job's input: target needs either a server or a container")
	}
	if t.Container != "" {
		return t.checkFiles()
	}
	if err := checkPresent("target.server.host", t.Server.Host); err != nil {
		return err
	}
	if err := checkChoice("target.owners", t.Owners); err != nil {
		return err
	}
	if err := checkChoice("target.grants", t.Grants); err != nil {
		return err
	}
	if err := checkPresent("target.database", t.Database); err != nil {
		return err
	}
	if err := instance.CheckDatabase(t.Database); err != nil {
		return badInput[RestoreInput](fmt.Sprintf("field \"target.database\": %v", err))
	}
	if err := t.checkInto(); err != nil {
		return err
	}
	return t.checkLoad()
}

func (t RestoreTarget) checkFiles() error {
	if t.Content != ContentAll || t.WithChildren || t.Into != nil || len(t.Tables)+len(t.Schemas) > 0 {
		return failure.New(failure.InvalidInput, "leave out target.tables, target.schemas, target.withChildren, target.content and target.into, or restore to a server",
			"the job's input: files are restored whole")
	}
	if t.Verify {
		return failure.New(failure.InvalidInput, "leave out target.verify, or restore to a server", "the job's input: files are compared with their checksums, and not by target.verify")
	}
	if err := instance.CheckContainerURL(t.Container); err != nil {
		return badInput[RestoreInput](fmt.Sprintf("field \"target.container\": %v", err))
	}
	return nil
}

func (t RestoreTarget) checkLoad() error {
	if !slices.Contains([]Content{ContentAll, ContentSchema, ContentData}, t.Content) {
		return failure.New(failure.InvalidInput, `give "schema" or "data", or leave it out for both`, "the job's input: field \"target.content\" cannot be %q", string(t.Content))
	}
	if t.RowsOnly() && (t.Roles || t.KeepFailed) {
		return failure.New(failure.InvalidInput, "leave out target.roles and target.keepFailed",
			"the job's input: rows alone come without roles, and nothing is left of a failed job")
	}
	if t.Verify && t.Content == ContentSchema {
		return failure.New(failure.InvalidInput, "leave out target.verify, or restore rows too", "the job's input: target.verify compares rows, and none are restored")
	}
	if t.RowsOnly() && t.Statistics {
		return failure.New(failure.InvalidInput, "leave out target.statistics, and run ANALYZE after the restore", "the job's input: rows alone come without statistics")
	}
	if slices.Contains(slices.Concat(t.Tables, t.Schemas), "") {
		return failure.New(failure.InvalidInput, "name each table and schema", "the job's input: a name in \"target.tables\" or \"target.schemas\" is empty")
	}
	if t.WithChildren && len(t.Tables) == 0 {
		return failure.New(failure.InvalidInput, "name tables in target.tables, or leave out target.withChildren",
			"the job's input: field \"target.withChildren\" says what comes with target.tables, and there are none")
	}
	if t.Connections < 0 || t.Connections > MaxConnections {
		return failure.New(failure.InvalidInput, fmt.Sprintf("give a number from 1 to %d, or none", MaxConnections),
			"the job's input: field \"target.connections\" cannot be %d", t.Connections)
	}
	return nil
}

func checkChoice(field string, choice Choice) error {
	switch choice {
	case "", Keep, Omit:
		return nil
	}
	return failure.New(failure.InvalidInput, `give "keep" or "omit"`, "the job's input: field %q cannot be %q", field, string(choice))
}
