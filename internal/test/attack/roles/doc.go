// Package roles has the identities of docs/AZURE.md, "Separate duties", attack the
// vault with the rights that the document gives them.
//
// The rights are read from the document's own commands, and none is repeated here.
// Each identity tries every destructive operation on a good recovery point, its blobs,
// its marks and the vault's settings. Sweeps of a worker with a trust file run after
// that, and the versions of the good point are counted.
//
// The operations run twice:
//
//   - Over HTTP, before Azurite: a proxy reads the identity from the token of each
//     request, refuses what its role does not permit, and keeps versions and deleted
//     versions. That shows which requests Azure would permit, also ones that this
//     program never makes, and what one sweep makes of their results.
//   - Over the storage in memory, in a vault for each operation: sweeps run daily for
//     a simulated month. Azurite writes Last-Modified by the machine's clock, from
//     which the terms run, so that a month cannot pass there.
//
// The rights that a request needs are Azure's table "Permissions for calling data
// operations". Not known here: leases, blobs of other types than block blobs, and the
// soft delete of containers.
//
// The package holds nothing but tests.
//
// Imports of this module: none.
package roles
