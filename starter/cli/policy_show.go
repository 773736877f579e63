package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) policyShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show (INSTANCE|POLICY)",
		Short: "Print the policy in force, as it stands in pgvault.yaml",
		Long: `Print an instance's policy, or the policy of that name, as pgvault apply put it
into the vault last and as it stands in pgvault.yaml. What is a default is left
out. Of a name whose instances have different policies, as where some have left the
file, it is that of the instance that was written last.`,
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
		text := config.PolicyYAML(policy)
		answer := &document.PolicyShown{Policy: document.PolicyOf(policy), YAML: text}
		return a.answers(answer, func() error { a.print("%s", strings.TrimSuffix(text, "\n")); return nil })
	}
	return cmd
}

// policyInForce returns the policy of an instance, or else the policy with the
// name. A vault stores policies only in its instances, and an instance that has left
// pgvault.yaml keeps its policy. So the policy of the instance that was written last
// counts.
func policyInForce(ctx context.Context, v *vault.Vault, name string) (policy.Policy, error) {
	states, err := v.ListInstanceStates(ctx)
	if err != nil {
		return policy.Policy{}, err
	}
	var newest policy.Policy
	var written time.Time
	var known []string
	for _, state := range states {
		instance, err := v.GetInstance(ctx, state.Name)
		if err != nil {
			return policy.Policy{}, fmt.Errorf("instance %s: %w", state.Name, err)
		}
		if state.Name == name {
			return instance.Policy, nil
		}
		known = append(known, state.Name, instance.Policy.Name)
		if _, changed := state.Since(); instance.Policy.Name == name && changed.After(written) {
			newest, written = instance.Policy, changed
		}
	}
	if written.IsZero() {
		return policy.Policy{}, unknown(failure.New(failure.InstanceNotFound, "`pgvault points` names the instances there are",
			"the vault has neither an instance nor a policy named %q", name), name, known)
	}
	return newest, nil
}
