package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// validated is a row of the listing: one instance's checks.
type validated struct {
	Instance string
	jobs.ValidateResult
}

func (a *App) validateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate [INSTANCE...]",
		Short: "Make every check that a backup would make",
		Long: `Make every check that a backup would make, on a worker, and print what is wrong
with the remedy for each. Without an instance, all of the vault are checked. The
workers' trust files are compared too, which have to be the same. Schedules that
start no backups have a note.
The exit status is 1 if any check fails.`,
	}
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.validate(cmd.Context(), args, *vaultURL)
	}
	return cmd
}

func (a *App) validate(ctx context.Context, instances []string, vaultURL string) error {
	if len(instances) == 0 {
		var err error
		if instances, err = a.instanceNames(ctx, vaultURL); err != nil {
			return err
		}
	}
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	results, err := a.validateAll(ctx, s, instances)
	if err != nil {
		return err
	}
	all := validationsOf(results)
	answer := &document.Validations{Passed: document.AllPassed(all), Instances: all}
	if err := a.answers(answer, func() error { a.printValidations(results); return nil }); err != nil {
		return err
	}
	differ := compareTrust(ctx, s)
	if !answer.Passed {
		return cmp.Or(differ, errChecksFailed)
	}
	return differ
}

func validationsOf(results []validated) []document.Validation {
	all := make([]document.Validation, len(results))
	for i, r := range results {
		all[i] = document.ValidationOf(r.Instance, r.ValidateResult)
	}
	return all
}

// compareTrust returns an error if the workers of the namespace have different
// trust files: a step that one of them refuses, another one may do.
func compareTrust(ctx context.Context, s *session) error {
	_, found, err := temporalx.NewEstateServer(s, s.namespace).Workers(ctx)
	if err != nil || len(found) < 2 {
		return err
	}
	var lines []string
	for _, hash := range slices.Sorted(maps.Keys(found)) {
		lines = append(lines, fmt.Sprintf("%s: %s", hash, strings.Join(found[hash], ", ")))
	}
	return failure.New(failure.TrustFilesDiffer, "give all workers the same file and restart them; `pgvault trust check` prints a file's SHA-256",
		"the workers have different trust files, or had within the last minutes: %s", strings.Join(lines, "; "))
}

// validateAll starts all checks before it waits for the first.
func (a *App) validateAll(ctx context.Context, s *session, instances []string) ([]validated, error) {
	runs := make([]client.WorkflowRun, len(instances))
	for i, instance := range instances {
		var err error
		if runs[i], err = a.begin(ctx, s, newJob{
			id:       jobs.ID(jobs.KindValidate, instance, uniqueTime()),
			kind:     jobs.TypeValidate,
			instance: instance,
			summary:  "Validation of " + instance,
			input:    jobs.ValidateInput{Instance: instance},
		}); err != nil {
			return nil, err
		}
	}
	results := make([]validated, len(instances))
	for i, run := range runs {
		results[i].Instance = instances[i]
		if err := a.wait(ctx, s, run, &results[i].ValidateResult); err != nil {
			return nil, err
		}
		held, err := temporalx.HeldSchedules(ctx, s, instances[i])
		if err != nil {
			return nil, err
		}
		for _, h := range held {
			results[i].Notes = append(results[i].Notes, "no backups are started: "+h.String())
		}
	}
	return results, nil
}

func (a *App) printValidations(results []validated) {
	for _, r := range results {
		if len(r.Findings) == 0 {
			a.print("%s: all checks passed", r.Instance)
		} else {
			a.print("%s: %s", r.Instance, counted(len(r.Findings), "finding"))
		}
		for _, f := range r.Findings {
			a.print("  %s: %s: %s", f.Check, f.Code, f.Message)
			for line := range strings.Lines(f.Action) {
				a.print("      %s", strings.TrimRight(line, "\n"))
			}
		}
		for _, note := range r.Notes {
			a.print("  note: %s", note)
		}
	}
}
