// Package attack has strangers attack a worker: by what they may start in its
// Temporal namespace, and by what they may write into its vault.
//
// The worker is the program itself, with a trust file of its own. A listener stands
// for a server that the file does not list, and counts the connections that come.
// Where a test is about signatures, the trust file requires them.
//
// Imports of this module: none.
package attack
