package failure

// Code names a cause. Codes are public: they are search attributes and part of
// job records, and people write alert rules with them.
type Code string

// Codes documented by Azure Backup for PostgreSQL, with the same meaning.
const (
	// InvalidSecret: the named secret is not in the Key Vault.
	InvalidSecret Code = "UserErrorInvalidSecret"
	// SecretFormat: the secret's value is in none of the accepted forms.
	SecretFormat Code = "UserErrorSecretValueInUnsupportedFormat"
	// InvalidSecretStore: the Key Vault does not exist or cannot be reached by name.
	InvalidSecretStore Code = "UserErrorInvalidSecretStore"
	// MissingPermissionsOnSecretStore: the worker's identity may not read the secret, or not sign with the key.
	MissingPermissionsOnSecretStore Code = "UserErrorMissingPermissionsOnSecretStore"
	// DBUserAuthFailed: the server refuses the user or password of the secret.
	DBUserAuthFailed Code = "UserErrorDBUserAuthFailed"
	// BackupUserAuthFailed: the server refuses the Microsoft Entra token.
	BackupUserAuthFailed Code = "UserErrorBackupUserAuthFailed"
	// DBNotFound: the database does not exist.
	DBNotFound Code = "UserErrorDBNotFound"
	// MissingDBPermissions: the database user may not read all that pg_dump reads.
	MissingDBPermissions Code = "UserErrorMissingDBPermissions"
	// MissingNetworkSecurityPermissions: no line of sight: unknown host, or refused or filtered connection.
	MissingNetworkSecurityPermissions Code = "UserErrorMissingNetworkSecurityPermissions"
	// ContainerNotAccessible: the container is missing or the identity may not use it.
	ContainerNotAccessible Code = "UserErrorContainerNotAccessible"
	// DatabaseNameAlreadyInUse: the restore's target database exists.
	DatabaseNameAlreadyInUse Code = "UserErrorDatabaseNameAlreadyInUse"
	// RestoreToLowerVersion: the target server's major version is below the source's.
	RestoreToLowerVersion Code = "UserErrorRestoreToLowerVersion"
	// MaxConcurrentOperations: a backup of the instance is running already.
	MaxConcurrentOperations Code = "UserErrorMaxConcurrentOperationLimitReached"
)

// Codes of this program, for causes without a code of Azure Backup.
const (
	// InvalidInput: a job's input is malformed, has unknown fields, or lacks one.
	InvalidInput Code = "UserErrorInvalidInput"
	// InvalidConfiguration: pgvault.yaml or the worker's settings are wrong.
	InvalidConfiguration Code = "UserErrorInvalidConfiguration"
	// InstanceNotFound: no such backup instance in the vault.
	InstanceNotFound Code = "UserErrorBackupInstanceNotFound"
	// RecoveryPointNotFound: no such recovery point, or none at all.
	RecoveryPointNotFound Code = "UserErrorRecoveryPointNotFound"
	// RecoveryPointDeleted: the recovery point is soft-deleted.
	RecoveryPointDeleted Code = "UserErrorRecoveryPointSoftDeleted"
	// RecoveryPointArchived: the dump is in the archive tier and has no rehydrated copy.
	RecoveryPointArchived Code = "UserErrorRecoveryPointArchived"
	// ArchiveTierNotSupported: the storage account does not take blobs into the archive tier.
	ArchiveTierNotSupported Code = "UserErrorArchiveTierNotSupported"
	// RecoveryPointLocked: the storage keeps the recovery point from being deleted until its lock ends.
	RecoveryPointLocked Code = "UserErrorRecoveryPointLocked"
	// ImmutabilityNotSupported: container or account are not set up for version-level immutability.
	ImmutabilityNotSupported Code = "UserErrorImmutabilityNotSupported"
	// MissingImmutabilityPermissions: the identity may not set immutability policies.
	MissingImmutabilityPermissions Code = "UserErrorMissingImmutabilityPermissions"
	// ProtectionStopped: somebody has stopped the instance's protection.
	ProtectionStopped Code = "UserErrorProtectionStopped"
	// RetentionRuleNotFound: the instance's policy has no such rule.
	RetentionRuleNotFound Code = "UserErrorRetentionRuleNotFound"
	// ServerCertificateInvalid: the server's TLS certificate does not verify.
	ServerCertificateInvalid Code = "UserErrorServerCertificateInvalid"
	// BackupToolNotFound: no installed pg_dump is new enough for the server.
	BackupToolNotFound Code = "UserErrorBackupToolNotFound"
	// RowLevelSecurity: a row-level security policy would hide rows from the dump.
	RowLevelSecurity Code = "UserErrorRowLevelSecurity"
	// MissingRestorePermissions: the restore's user may not create databases or roles, or may only read.
	MissingRestorePermissions Code = "UserErrorMissingRestorePermissions"
	// RestoreStatement: a statement of the restore failed.
	RestoreStatement Code = "UserErrorRestoreStatementFailed"
	// ServerDiskFull: the disk of the server that is restored to is full.
	ServerDiskFull Code = "UserErrorServerDiskFull"
	// StatementRefused: the server refuses a statement for a reason that another attempt would meet again.
	StatementRefused Code = "UserErrorStatementRefused"
	// DumpRefused: pg_dump refused for a reason that another attempt would meet again.
	DumpRefused Code = "UserErrorDumpRefused"
	// WorkerMemory: a job needs more memory than all jobs of the worker share.
	WorkerMemory Code = "UserErrorWorkerMemoryTooSmall"
	// SnapshotLimit: the dump had to hold its snapshot for longer than the instance allows.
	SnapshotLimit Code = "UserErrorSnapshotLimitExceeded"
	// TargetNotSupported: the target server's version does not support what is
	// to be restored.
	TargetNotSupported Code = "UserErrorTargetNotSupported"
	// FileNameAlreadyInUse: the container has another file of the same name.
	FileNameAlreadyInUse Code = "UserErrorFileNameAlreadyInUse"
	// TargetContainerIsVault: files are to be restored into a container that holds a vault.
	TargetContainerIsVault Code = "UserErrorTargetContainerIsVault"
	// TargetTableNotFound: a restore of rows alone names a table that does not
	// exist.
	TargetTableNotFound Code = "UserErrorTargetTableNotFound"
	// TargetTableExists: a restore of tables into an existing database would have to
	// replace a table.
	TargetTableExists Code = "UserErrorTargetTableExists"
	// TargetObjectNotFound: a restore of tables into an existing database needs an
	// object that the database does not have.
	TargetObjectNotFound Code = "UserErrorTargetObjectNotFound"
	// TargetHasSideEffects: a publication or an event trigger of an existing database
	// would act on the tables to be restored.
	TargetHasSideEffects Code = "UserErrorTargetHasSideEffects"
	// TargetTableNotEmpty: a restore of rows alone names a table that has rows.
	TargetTableNotEmpty Code = "UserErrorTargetTableNotEmpty"
	// NamespaceOfAnotherVault: the Temporal namespace belongs to another vault.
	NamespaceOfAnotherVault Code = "UserErrorNamespaceOfAnotherVault"
	// JobOfAnotherVault: the job names another vault than that of its
	// namespace.
	JobOfAnotherVault Code = "UserErrorJobOfAnotherVault"
	// NotTrusted: the worker's trust file does not allow the request.
	NotTrusted Code = "UserErrorNotTrusted"
	// SignatureMissing: no key of the trust file has signed a recovery point or a
	// step's statement, and the trust file requires it.
	SignatureMissing Code = "UserErrorSignatureMissing"
	// SignatureInvalid: what is signed is not what is stored, or belongs to another
	// place or time.
	SignatureInvalid Code = "UserErrorSignatureInvalid"
	// DrillFailed: a restored recovery point is not what was dumped, or a check of it did not pass.
	DrillFailed Code = "UserErrorDrillFailed"
	// RestoredDataDiffers: a restored database is not what was dumped.
	RestoredDataDiffers Code = "UserErrorRestoredDataDiffers"
	// FingerprintsMissing: a restore is to be verified, and the recovery point has no
	// fingerprints.
	FingerprintsMissing Code = "UserErrorFingerprintsMissing"
	// MassDeletion: a sweep would delete more than a third of an instance's points at once.
	MassDeletion Code = "UserErrorMassDeletion"
	// TrustFilesDiffer: workers of one vault have different trust files.
	TrustFilesDiffer Code = "UserErrorTrustFilesDiffer"
	// SigningKeyUnusable: the key that signs by the trust file does not exist, may not be used, or is not the pinned one.
	SigningKeyUnusable Code = "UserErrorSigningKeyUnusable"
	// NotificationRefused: a receiver of notifications refuses a message.
	NotificationRefused Code = "UserErrorNotificationRefused"
	// Cancelled: somebody cancelled the job.
	Cancelled Code = "UserErrorJobCancelled"
)

// Codes of faults of the world, which may pass on their own.
const (
	// ServerConnectionClosed: the server ended the connection. Azure Backup's
	// code, but retried: its own advice was to try again.
	ServerConnectionClosed Code = "ServerConnectionClosed"
	// TransferStalled: no byte moved for the watchdog's limit.
	TransferStalled Code = "TransferStalled"
	// DatabaseInUse: other sessions prevent a restored database from being
	// renamed or dropped.
	DatabaseInUse Code = "DatabaseInUse"
	// LockTimeout: a table's lock was not available in time.
	LockTimeout Code = "LockTimeout"
	// StorageUnavailable: the storage does not answer, or not in time.
	StorageUnavailable Code = "StorageUnavailable"
	// SecretStoreUnavailable: the Key Vault or Microsoft Entra does not answer, or
	// throttles.
	SecretStoreUnavailable Code = "SecretStoreUnavailable"
	// TemporalUnavailable: the Temporal server does not answer, or not in time.
	TemporalUnavailable Code = "TemporalUnavailable"
	// ReceiverUnavailable: a receiver of notifications cannot be reached, or does
	// not accept a message now.
	ReceiverUnavailable Code = "ReceiverUnavailable"
	// WorkerOfAnotherVault: a worker of another vault got the step and did
	// nothing.
	WorkerOfAnotherVault Code = "WorkerOfAnotherVault"
	// WorkerStopping: the worker is shutting down; another one takes over.
	WorkerStopping Code = "WorkerStopping"
	// Internal: an error without a code of its own.
	Internal Code = "InternalError"
)

// Codes of damage and of wrong clocks. They are not the user's fault, and a retry
// does not help.
const (
	// VerificationFailed: the stored bytes differ from the dumped bytes.
	VerificationFailed Code = "VerificationFailed"
	// VaultDamaged: a blob of the vault that belongs to no point, such as its
	// settings, differs from what pgvault wrote.
	VaultDamaged Code = "VaultDamaged"
	// RehydrationFailed: the storage gave up the copy of an archived dump.
	RehydrationFailed Code = "RehydrationFailed"
	// ClockSkew: the worker's clock is wrong.
	ClockSkew Code = "ClockSkew"
)

// Retryable reports whether another attempt may succeed without a person's help.
func (c Code) Retryable() bool {
	switch c {
	case VerificationFailed, VaultDamaged, RehydrationFailed, ClockSkew:
		return false
	}
	return !c.ForPerson()
}
