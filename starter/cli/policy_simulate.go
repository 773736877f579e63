package cli

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/simulate"
	"github.com/pgvault/pgvault/internal/policy/simulate/picture"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// simulateFlags are the flags of the command.
type simulateFlags struct {
	file, vault, from, svg string
	years                  int
	size                   byteSize
	growth, failures       float64
	seed                   uint64
}

func (a *App) simulateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "simulate [-f pgvault.yaml] [INSTANCE|POLICY]",
		Short: "Show what a policy would keep over years, and how much that stores",
		Long: `Show what a policy would keep over years: how many recovery points of each rule,
in which tier, at the end and at the most, and how much is stored at the end of
each year, soft-deleted points included. If the vault has scrubs (vault.scrub),
it also shows how much they read in a year. The policy is one of a file, before it
is applied (-f; its only one need not be named), or one in force in the vault.

Backups and sweeps are decided by the code that decides for real ones, on a
clock of its own; nothing is read or changed but the policy. The picture
(--svg) shows every backup by its rule and tier, and the storage over the years.`,
		Example: `  pgvault policy simulate -f pgvault.yaml nightly --size 80GiB --growth 20 --svg nightly.svg
  pgvault policy simulate shop/orders --years 10`,
		Args: cobra.MaximumNArgs(1),
	}
	f := simulateFlags{size: 10 << 30}
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "file", "f", "", "take the policy from this file, not from the vault")
	flags.StringVar(&f.vault, "vault", "", "URL of the vault's blob container (default: "+envVault+")")
	flags.IntVar(&f.years, "years", 10, "how many years, 1 to 30")
	flags.StringVar(&f.from, "from", "", "first day, like 2027-01-01 (default: today)")
	flags.Var(&f.size, "size", "size of the first dump, like 80GiB or 500MB")
	flags.Float64Var(&f.growth, "growth", 0, "by how many percent a dump grows in a year")
	flags.Float64Var(&f.failures, "failures", 0, "how many percent of the backups fail")
	flags.Uint64Var(&f.seed, "seed", 1, "chooses which ones fail")
	flags.StringVar(&f.svg, "svg", "", "write the picture to this file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		options, err := f.options(time.Now())
		if err != nil {
			return err
		}
		return a.simulate(cmd.Context(), f, options, strings.Join(args, ""))
	}
	return cmd
}

// options checks the flags and returns them as options.
func (f simulateFlags) options(now time.Time) (simulate.Options, error) {
	o := simulate.Options{Years: f.years, Size: int64(f.size), Growth: f.growth / 100, Failures: f.failures / 100, Seed: f.seed, From: now}
	switch {
	case f.years < 1 || f.years > 30:
		return o, usagef("--years: %d is not a number from 1 to 30", f.years)
	case f.growth < -100 || f.growth > 1000:
		return o, usagef("--growth: %g is not within -100 and 1000 percent", f.growth)
	case f.failures < 0 || f.failures > 100:
		return o, usagef("--failures: %g is not within 0 and 100 percent", f.failures)
	}
	if f.from != "" {
		var err error
		if o.From, err = time.Parse(time.DateOnly, f.from); err != nil {
			return o, usagef("--from: %q is not a day, like 2027-01-01", f.from)
		}
	}
	return o, nil
}

func (a *App) simulate(ctx context.Context, f simulateFlags, o simulate.Options, name string) error {
	var settings instance.VaultSettings
	var err error
	if f.file != "" {
		o.Policy, settings, err = policyOfFile(f.file, name)
	} else {
		o.Policy, settings, err = a.policyOfVault(ctx, f.vault, name)
	}
	if err != nil {
		return err
	}
	o.Sweep, o.SoftDelete, o.Scrub = settings.Sweep.Schedule, settings.SoftDelete.Term(), settings.Scrub
	result, err := simulate.Run(o)
	if err != nil {
		return err
	}
	if f.svg != "" {
		if err := os.WriteFile(f.svg, []byte(picture.Draw(result)), 0o644); err != nil {
			return failure.Wrap(err, failure.InvalidConfiguration, "give --svg a path that can be written", "the picture cannot be written")
		}
		a.note("The picture is in %s.", f.svg)
	}
	return a.answers(document.SimulationOf(result), func() error { return a.printSimulation(result) })
}

// policyOfFile returns a policy in pgvault.yaml, and the vault's settings
// there.
func policyOfFile(file, name string) (policy.Policy, instance.VaultSettings, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return policy.Policy{}, instance.VaultSettings{}, failure.Wrap(err, failure.InvalidConfiguration, "give the path of pgvault.yaml", "the file cannot be read")
	}
	parsed, err := config.Parse(data)
	if err != nil {
		return policy.Policy{}, instance.VaultSettings{}, inFile(file, err)
	}
	names := slices.Sorted(maps.Keys(parsed.Policies))
	if name == "" && len(names) == 1 {
		name = names[0]
	}
	for _, i := range parsed.Instances {
		if i.Name == name {
			return i.Policy, parsed.Vault, nil
		}
	}
	found, ok := parsed.Policies[name]
	if !ok {
		return policy.Policy{}, instance.VaultSettings{}, usagef("which policy? Name one of %s: %s", file, strings.Join(names, ", "))
	}
	return found, parsed.Vault, nil
}

func (a *App) policyOfVault(ctx context.Context, flag, name string) (policy.Policy, instance.VaultSettings, error) {
	if name == "" {
		return policy.Policy{}, instance.VaultSettings{}, usagef("which policy? Name an instance or a policy of the vault, or give -f pgvault.yaml")
	}
	v, err := a.openVault(flag)
	if err != nil {
		return policy.Policy{}, instance.VaultSettings{}, err
	}
	settings, err := v.GetSettings(ctx)
	found, notFound := policyInForce(ctx, v, name)
	return found, settings, errors.Join(err, notFound)
}
