// Package estatetest makes estates for tests and pictures.
//
// Imports of this module: internal/estate, internal/instance, internal/jobs,
// internal/policy, internal/policy/scrub, internal/proof, internal/vault.
package estatetest
