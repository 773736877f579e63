package cli

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/clock"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/whose"
	"github.com/pgvault/pgvault/internal/vault"
)

// envVault is the variable that names the vault for commands and workers.
const envVault = "PGVAULT_VAULT"

func vaultFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("vault", "", "URL of the vault's blob container (default: "+envVault+")")
}

// vaultURL returns the URL of the command's vault.
func (a *App) vaultURL(flag string) (string, error) {
	url := cmp.Or(flag, a.Getenv(envVault))
	if url == "" {
		return "", usagef("which vault? Give --vault or set %s to the URL of its blob container", envVault)
	}
	if err := instance.CheckContainerURL(url); err != nil {
		return "", usagef("the vault: %v", err)
	}
	return url, nil
}

// openContainer opens a container with the user's own sign-in to Azure. A storage
// that does not answer is an error after outage.
func openContainer(url string, outage time.Duration) (*blobstore.Container, error) {
	credential, err := azure.Credential()
	if err != nil {
		return nil, err
	}
	return azureblob.Open(url, credential, azureblob.Options{OutageLimit: outage, By: whose.Person})
}

func (a *App) openVault(flag string) (*vault.Vault, error) {
	url, err := a.vaultURL(flag)
	if err != nil {
		return nil, err
	}
	container, err := openContainer(url, commandOutage)
	if err != nil {
		return nil, err
	}
	return vault.New(container), nil
}

// instanceNames returns the names of the vault's instances.
func (a *App) instanceNames(ctx context.Context, vaultFlag string) ([]string, error) {
	v, err := a.openVault(vaultFlag)
	if err != nil {
		return nil, err
	}
	names, err := v.ListInstances(ctx)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, failure.New(failure.InstanceNotFound, "add one to pgvault.yaml and run `pgvault apply -f pgvault.yaml`", "the vault has no backup instance")
	}
	return names, nil
}

// rightTime returns local, this machine's time, or the storage's if they
// differ, which a note reports.
func (a *App) rightTime(ctx context.Context, v *vault.Vault, local time.Time) (time.Time, error) {
	storage, err := v.StorageTime(ctx)
	if err != nil {
		return local, err
	}
	off := clock.Against("the storage", local, storage)
	if off == nil {
		return local, nil
	}
	a.note("Note: %s. The storage's counts here. To mend it: %s", off.Message, off.Action)
	return storage, nil
}

// sinceFlag adds the flag for the earliest time of a listing.
func sinceFlag(cmd *cobra.Command, standard string) func() (time.Time, error) {
	text := cmd.Flags().String("since", standard, "how far back to look: 5h, 30d, 12w, 6m, 1y")
	return func() (time.Time, error) {
		if hours, ok := strings.CutSuffix(*text, "h"); ok {
			n, err := strconv.ParseUint(hours, 10, 16)
			if err != nil {
				return time.Time{}, usagef("--since: %q is not a number of hours, like 5h", *text)
			}
			return time.Now().Add(-time.Duration(n) * time.Hour), nil
		}
		d, err := policy.ParseDuration(*text)
		if err != nil {
			return time.Time{}, usagef("--since: %v", err)
		}
		back := policy.Duration{Years: -d.Years, Months: -d.Months, Days: -d.Days}
		return back.AddTo(time.Now()), nil
	}
}
