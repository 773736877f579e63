// Package survey reads the input of an estate from a vault and a Temporal server.
//
// It lists each instance's points and the records of drills, and reads the
// definition and the newest record of each instance and nothing for each point.
// Without an answer of the Temporal server, the estate says what is unseen. Without
// one of the vault there is no estate.
//
// Imports of this module: internal/estate, internal/failure, internal/instance,
// internal/policy/scrub, internal/vault.
package survey
