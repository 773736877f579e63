package trust

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

// VaultID returns a refusal unless the worker serves a vault. It takes the ID in
// vault.json, "" for a vault that has none. A file without a vault ID allows any.
func (f File) VaultID(id string) error {
	if f.vaultID == "" || id == f.vaultID {
		return nil
	}
	if !vaultIDForm.MatchString(id) {
		return unusable(fmt.Errorf("the vault's ID is %s, and %s trusts vault %s only", shown(id), f.name, f.vaultID),
			"check which container PGVAULT_VAULT names, and run `pgvault apply -f pgvault.yaml` if it is the right one")
	}
	return f.refuse(fmt.Sprintf("vaultID: %q", id), "a vault with the ID %s, only the one with %s", id, f.vaultID)
}

// SoftDelete returns the soft delete in force: what the vault says, or the file's
// floor if that is longer. It takes the vault's setting as it was read, which may be
// forged. Its term is 0 only if both turn soft delete off.
func (f File) SoftDelete(vault instance.SoftDelete) instance.SoftDelete {
	switch {
	case vault.Off && f.softDeleteDays == 0:
		return vault
	case vault.Off:
		vault.Off, vault.Days = false, f.softDeleteDays
	}
	vault.Days = min(max(vault.Days, f.softDeleteDays, instance.LeastSoftDelete), instance.MostSoftDelete)
	return vault
}

// Immutability returns the immutability in force: the stricter one of the vault's
// and the file's.
func (f File) Immutability(vault instance.Immutability) instance.Immutability {
	switch {
	case vault == instance.Locked || f.immutability == instance.Locked:
		return instance.Locked
	case vault.On() || f.immutability.On():
		return instance.Unlocked
	}
	return instance.Disabled
}

// LockEnd returns the time until which a recovery point may be locked: until it
// expires, or until the file's longest retention has passed since it was taken.
func (f File) LockEnd(taken, expires time.Time) time.Time {
	longest := f.maximumRetention
	if longest.IsZero() {
		longest = defaultRetention
	}
	last := longest.AddTo(taken)
	if expires.After(last) {
		return last
	}
	return expires
}

// defaultRetention is the longest retention of a file that names none: the longest
// one of Azure Backup.
var defaultRetention = policy.Duration{Years: 10}

// Storage is what a storage account has to provide, so that deletions by others can
// be undone.
type Storage struct {
	// Versions demands versions of blobs.
	Versions bool
	// SoftDeleteDays demands soft delete of blobs for as many days, unless points
	// are locked; 0 demands nothing.
	SoftDeleteDays int
}

// StorageState is what a storage account provides.
type StorageState struct {
	Versions bool
	// SoftDeleteDays is how long the account keeps deleted blobs; 0 if it does not.
	SoftDeleteDays int
	// SoftDeleteUnseen reports whether the identity may not see SoftDeleteDays.
	SoftDeleteUnseen bool
	// Immutability is the one in force for the vault: see [File.Immutability].
	Immutability instance.Immutability
}

// Check returns an error, with one finding for each demand that an account does not
// meet. account is its name, for messages.
func (s Storage) Check(account string, actual StorageState) error {
	const command = "az storage account blob-service-properties update --account-name "
	var findings []failure.Finding
	add := func(action, format string, args ...any) {
		findings = append(findings, failure.Finding{
			Check: "storage", Code: failure.NotTrusted, Action: action, Objects: []string{account},
			Message: fmt.Sprintf(format, args...),
		})
	}
	if s.Versions && !actual.Versions {
		add(command+account+" --enable-versioning true", "the trust file demands versions of blobs, and storage account %s keeps none", account)
	}
	switch {
	case s.SoftDeleteDays == 0 || actual.Immutability == instance.Locked:
	case actual.SoftDeleteUnseen:
		add("give the identity the role Reader on the storage account, or leave softDeleteDays out of \"storage:\"",
			"the trust file demands soft delete of blobs for %d days, or locked immutability, and the identity may not see whether storage account %s has it",
			s.SoftDeleteDays, account)
	case actual.SoftDeleteDays < s.SoftDeleteDays:
		add(strings.Join([]string{command + account, "--enable-delete-retention true --delete-retention-days", fmt.Sprint(s.SoftDeleteDays)}, " "),
			"the trust file demands soft delete of blobs for %d days, or locked immutability, and storage account %s has it for %d days",
			s.SoftDeleteDays, account, actual.SoftDeleteDays)
	}
	return failure.FromFindings(findings)
}
