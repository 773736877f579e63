package cli

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
)

func (a *App) policyShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show (INSTANCE|POLICY)",
		Short: "Print the policy in force, as it stands in pgvault.yaml",
		Long: `Print an instance's policy, or the policy of that name, as pgvault apply put it
into the vault last and as it stands in pgvault.yaml. What is a default is left
out.`,
		Example: "  pgvault policy show shop/orders",
		Args:    cobra.ExactArgs(1),
	}
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := a.openVault(*vaultURL)
		if err != nil {
			return err
		}
		policy, err := policyInForce(cmd.Context(), v, args[0])
		if err != nil {
			return err
		}
		a.print("%s", strings.TrimSuffix(config.PolicyYAML(policy), "\n"))
		return nil
	}
	return cmd
}

// policyInForce returns the policy of an instance, or else the policy with the
// name. A vault stores policies only in its instances.
func policyInForce(ctx context.Context, v *vault.Vault, name string) (policy.Policy, error) {
	names, err := v.ListInstances(ctx)
	if err != nil {
		return policy.Policy{}, err
	}
	var found []instance.Instance
	for _, each := range names {
		instance, err := v.GetInstance(ctx, each)
		switch {
		case err != nil:
			return policy.Policy{}, fmt.Errorf("instance %s: %w", each, err)
		case each == name:
			return instance.Policy, nil
		case instance.Policy.Name == name:
			found = append(found, instance)
		}
	}
	if len(found) == 0 {
		return policy.Policy{}, failure.New(failure.InstanceNotFound, "`pgvault points` names the instances there are",
			"the vault has neither an instance nor a policy named %q", name)
	}
	for _, other := range found[1:] {
		if !reflect.DeepEqual(other.Policy, found[0].Policy) {
			return policy.Policy{}, failure.New(failure.InvalidConfiguration, "name one of them, or run `pgvault apply -f pgvault.yaml` to its end",
				"policy %q is not the same for instances %s and %s", name, found[0].Name, other.Name)
		}
	}
	return found[0].Policy, nil
}
