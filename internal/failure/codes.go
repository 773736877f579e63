package failure

import (
	"slices"
	"strings"
)

// codes are all codes, in the order of their declaration.
var codes = []Code{
	InvalidSecret, SecretFormat, InvalidSecretStore, MissingPermissionsOnSecretStore, DBUserAuthFailed,
	BackupUserAuthFailed, DBNotFound, MissingDBPermissions, MissingNetworkSecurityPermissions, ContainerNotAccessible,
	DatabaseNameAlreadyInUse, RestoreToLowerVersion, MaxConcurrentOperations, InvalidInput, InvalidConfiguration,
	InstanceNotFound, RecoveryPointNotFound, RecoveryPointDeleted, RecoveryPointArchived, ArchiveTierNotSupported,
	RecoveryPointLocked, ImmutabilityNotSupported, MissingImmutabilityPermissions, ProtectionStopped, RetentionRuleNotFound,
	ServerCertificateInvalid, BackupToolNotFound, RowLevelSecurity, MissingRestorePermissions, RestoreStatement,
	ServerDiskFull, StatementRefused, DumpRefused, WorkerMemory, SnapshotLimit, TargetNotSupported, FileNameAlreadyInUse,
	TargetContainerIsVault, TargetTableNotFound, TargetTableExists, TargetObjectNotFound, TargetHasSideEffects, TargetTableNotEmpty, NamespaceOfAnotherVault, JobOfAnotherVault,
	NotTrusted, SignatureMissing, SignatureInvalid, DrillFailed, RestoredDataDiffers, FingerprintsMissing, MassDeletion, TrustFilesDiffer, SigningKeyUnusable, NotificationRefused,
	Cancelled, ServerConnectionClosed, TransferStalled, DatabaseInUse, LockTimeout, StorageUnavailable,
	SecretStoreUnavailable, TemporalUnavailable, ReceiverUnavailable, WorkerOfAnotherVault, WorkerStopping, Internal,
	VerificationFailed, VaultDamaged, RehydrationFailed, ClockSkew,
}

// Codes returns all codes.
func Codes() []Code { return slices.Clone(codes) }

// Known returns the code, or [Internal] for a text that is no code. Its result is
// one of a bounded set, also for a text of a stranger.
func (c Code) Known() Code {
	if slices.Contains(codes, c) {
		return c
	}
	return Internal
}

// ForPerson reports whether a person must act.
func (c Code) ForPerson() bool { return strings.HasPrefix(string(c), "UserError") }
