// Package statement signs what the steps of a backup have done, and checks such
// signatures.
//
// A statement is a DSSE envelope (https://github.com/secure-systems-lab/dsse):
// JSON with the payload's type, the payload, and signatures over both. The
// signatures are ECDSA over P-256 and SHA-256, in DER. The payload is JSON: the
// facts of one step of one backup, or the manifest of a recovery point, or its
// retention after a change. Each names its [Place]. The record of a drill is signed
// in the same way, and names its place in a chain.
//
// Checking needs the public keys of the trust file and nothing else, so that it
// works after the Key Vault that signed is gone. Whether a key was valid is
// decided by the time at which the storage got the statement.
//
// An envelope without a signature of a known key is not an error of its own:
// [Envelope.Verify] returns [ErrUnsigned], and the caller decides by the trust
// file.
//
// Imports of this module: internal/failure, internal/outage, internal/trust,
// internal/vault/manifest.
package statement
