package trust

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

// VaultID returns a refusal unless the worker serves a vault. id is the ID in
// vault.json, or "" if it has none. A file without a vault ID allows any.
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

// ServedVault returns the ID of the vault that the worker serves, or "" if the
// file does not name it.
func (f File) ServedVault() string { return f.vaultID }

// SoftDelete returns the soft delete in force: the vault's setting, or the
// file's floor if that is longer. vault may be forged. The term is 0 only if
// both turn soft delete off.
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

// Immutability returns the immutability in force: the stricter one of the
// vault's and the file's.
func (f File) Immutability(vault instance.Immutability) instance.Immutability {
	switch {
	case vault == instance.Locked || f.immutability == instance.Locked:
		return instance.Locked
	case vault.On() || f.immutability.On():
		return instance.Unlocked
	}
	return instance.Disabled
}

// LockEnd returns the time until which a recovery point may be locked. It is
// the earlier one of its expiry and the end of the file's longest retention.
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

// defaultRetention is the longest retention of a file that specifies none. It
// is the limit of Azure Backup.
var defaultRetention = policy.Duration{Years: 10}

// Storage is the configuration that a storage account must have. With it,
// deletions by others can be undone.
type Storage struct {
	// Versions requires versions of blobs.
	Versions bool
	// SoftDeleteDays is the required soft delete of blobs in days, unless points
	// are locked. 0 requires nothing.
	SoftDeleteDays int
}

// StorageState is the configuration that a storage account has.
type StorageState struct {
	Versions bool
	// SoftDeleteDays is the number of days for which the account keeps deleted
	// blobs, or 0 if it does not keep them.
	SoftDeleteDays int
	// SoftDeleteUnseen reports whether the identity lacks the right to read
	// SoftDeleteDays.
	SoftDeleteUnseen bool
	// Immutability is the immutability in force for the vault: see
	// [File.Immutability].
	Immutability instance.Immutability
}

// Check returns an error with one finding for each requirement that an account
// does not meet. account is its name, for messages.
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
