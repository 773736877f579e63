// Package azurepolicy reads Azure Backup's own policy JSON: the BackupPolicy
// object as the REST API takes it, or the resource around it as
// `az dataprotection backup-policy show` prints it.
//
// It is pure. [Parse] either understands every field, or its error names each
// that it does not, by its JSON path. What is understood and has no counterpart
// here is given as a [Note], for people to read.
//
// Imports of this module: internal/config, internal/failure, internal/policy.
package azurepolicy
