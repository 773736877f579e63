// Package document defines what the commands of pgvault print as JSON: one type for each
// command, which embeds [Outcome], and the types of its fields. docs/JSON.md has the rules,
// and docs/schemas the schemas, which a test generates from the types, their constants and
// their comments.
//
// The types are their own and not those of the vault or of jobs, so that those can change.
// Lists are never null, times are in UTC, and states are enumerations: a string type with
// its constants.
//
// Imports of this module: internal/archive/contents, internal/estate, internal/failure,
// internal/failure/printable, internal/jobs,
// internal/policy, internal/policy/azurepolicy, internal/policy/scrub, internal/policy/simulate, internal/proof,
// internal/proof/chain, internal/proof/report, internal/vault, internal/vault/manifest, internal/vault/reapply,
// internal/vault/sweep.
package document
