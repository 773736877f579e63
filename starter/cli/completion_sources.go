package cli

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/archive/contents"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/temporalx/parallel"
	"github.com/pgvault/pgvault/internal/vault"
)

func completeInstances(ctx context.Context, v *vault.Vault, _ *cobra.Command, _ []string) ([]cobra.Completion, error) {
	return v.ListInstances(ctx)
}

func completeInstancesAndPolicies(ctx context.Context, v *vault.Vault, _ *cobra.Command, _ []string) ([]cobra.Completion, error) {
	names, err := v.ListInstances(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]instance.Instance, len(names))
	err = parallel.Each(ctx, names, func(ctx context.Context, i int) (err error) {
		all[i], err = v.GetInstance(ctx, names[i])
		return err
	})
	policies := map[string]bool{}
	for i := range all {
		policies[all[i].Policy.Name] = true
	}
	return append(names, slices.Sorted(maps.Keys(policies))...), err
}

// completeRules returns the retention rules of the instance's policy.
func completeRules(ctx context.Context, v *vault.Vault, _ *cobra.Command, given []string) ([]cobra.Completion, error) {
	if len(given) == 0 {
		return nil, nil
	}
	found, err := v.GetInstance(ctx, given[0])
	return found.Policy.RuleNames(), err
}

// completePoints returns the points with which the command can do something, the
// newest first, with their times and sizes.
func completePoints(ctx context.Context, v *vault.Vault, cmd *cobra.Command, given []string) ([]cobra.Completion, error) {
	if len(given) == 0 {
		return nil, nil
	}
	all, err := v.ListPoints(ctx, given[0])
	var found []cobra.Completion
	if cmd.Name() == "drill" {
		found = []cobra.Completion{"latest", "oldest", "random"}
	}
	for _, p := range slices.Backward(all) {
		if servesFor(cmd.Name(), p) {
			found = append(found, cobra.CompletionWithDesc(p.ID, zone{}.time(p.Time)+", "+progress.Size(p.DumpSize)))
		}
	}
	return found, err
}

// servesFor reports whether a command can do something with a point.
func servesFor(command string, p vault.Point) bool {
	switch command {
	case "undelete":
		return p.Committed && p.Deleted != nil
	case "delete", "verify":
		return p.Committed && p.Deleted == nil
	}
	return p.Restorable()
}

// completeObjects returns the names of all objects in the point.
func completeObjects(ctx context.Context, v *vault.Vault, cmd *cobra.Command, given []string) ([]cobra.Completion, error) {
	return namedIn(ctx, v, cmd, given, func(contents.Object) bool { return true })
}

func completeSchemas(ctx context.Context, v *vault.Vault, cmd *cobra.Command, given []string) ([]cobra.Completion, error) {
	return namedIn(ctx, v, cmd, given, func(o contents.Object) bool { return o.Kind == "schema" })
}

// completeTables returns the objects that --table takes.
func completeTables(ctx context.Context, v *vault.Vault, cmd *cobra.Command, given []string) ([]cobra.Completion, error) {
	kinds := []string{"table", "foreign table", "view", "materialized view", "sequence"}
	return namedIn(ctx, v, cmd, given, func(o contents.Object) bool { return slices.Contains(kinds, o.Kind) })
}

// namedIn returns the names of some objects in the point that the flags name.
func namedIn(ctx context.Context, v *vault.Vault, cmd *cobra.Command, given []string, choose func(contents.Object) bool) ([]cobra.Completion, error) {
	if len(given) == 0 {
		return nil, nil
	}
	var which pointFlags
	for flag, value := range map[string]*string{"point": &which.id, "at": &which.at} {
		if f := cmd.Flags().Lookup(flag); f != nil {
			*value = f.Value.String()
		}
	}
	point, err := which.find(ctx, v, given[0])
	if err != nil {
		return nil, err
	}
	m, err := v.GetManifest(ctx, given[0], point)
	if err != nil {
		return nil, err
	}
	toc, err := readTOC(ctx, v, m)
	if err != nil {
		return nil, err
	}
	var names []cobra.Completion
	for _, o := range contents.List(toc, m.Dump.Size, fingerprint.File{}) {
		if choose(o) {
			names = append(names, o.Qualified())
		}
	}
	return names, nil
}
