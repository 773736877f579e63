package workflows

import (
	"fmt"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
)

func checkRestore(input RestoreInput) error {
	if err := needField("instance", input.Instance); err != nil {
		return err
	}
	if err := config.CheckInstanceName(input.Instance); err != nil {
		return badInput[RestoreInput](err.Error())
	}
	t := input.Target
	if (t.Server == nil) == (t.Container == "") {
		return failure.New(failure.InvalidInput, "give target.server with target.database, or target.container", "the job's input: target needs either a server or a container")
	}
	if t.Container != "" {
		return nil
	}
	if err := needField("target.server.host", t.Server.Host); err != nil {
		return err
	}
	if err := checkChoice("target.owners", t.Owners); err != nil {
		return err
	}
	if err := checkChoice("target.grants", t.Grants); err != nil {
		return err
	}
	if err := needField("target.database", t.Database); err != nil {
		return err
	}
	if err := config.CheckDatabase(t.Database); err != nil {
		return badInput[RestoreInput](fmt.Sprintf("field \"target.database\": %v", err))
	}
	return checkLoad(t)
}

func checkLoad(t activities.RestoreTarget) error {
	if t.Connections < 0 || t.Connections > activities.MaxConnections {
		return failure.New(failure.InvalidInput, fmt.Sprintf("give a number from 1 to %d, or none", activities.MaxConnections),
			"the job's input: field \"target.connections\" cannot be %d", t.Connections)
	}
	return nil
}

func checkChoice(field string, choice activities.Choice) error {
	switch choice {
	case "", activities.Keep, activities.Omit:
		return nil
	}
	return failure.New(failure.InvalidInput, `give "keep" or "omit"`, "the job's input: field %q cannot be %q", field, string(choice))
}
