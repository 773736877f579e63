// Package azurepolicy parses the policy JSON of Azure Backup: the BackupPolicy
// object of the REST API, or the resource around it as printed by `az
// dataprotection backup-policy show`.
//
// It is pure. [Parse] either understands every field, or returns an error that
// names the fields that it does not understand, by their JSON paths. A [Note]
// describes a field without a counterpart here.
//
// Imports of this module: internal/config, internal/failure, internal/policy.
package azurepolicy
