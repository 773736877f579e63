// Package survey reads the input of an estate from a vault and a Temporal server.
//
// It lists each instance's points and reads its definition and nothing for each
// point. Without an answer of the Temporal server, the estate says what is unseen.
// Without one of the vault there is no estate.
//
// Imports of this module: internal/estate, internal/failure, internal/vault.
package survey
