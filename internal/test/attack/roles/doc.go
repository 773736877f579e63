// Package roles has the identities of docs/AZURE.md, "Separate duties", attack the
// vault with the rights that the document gives them.
//
// The rights are read from the document's own commands, and none is repeated here.
// Each identity tries every destructive operation on a good recovery point, its blobs,
// its marks and the vault's settings. Sweeps of a worker with a trust file run after
// that, and every version of every good point has to be there until its term ends.
//
// The operations run twice, each in a vault of its own:
//
//   - Over the storage in memory, which is fast: sweeps run daily for a month.
//   - Over HTTP, before Azurite: a proxy reads the identity from the token of each
//     request, refuses what its role does not permit, and keeps versions and deleted
//     versions. Azurite writes Last-Modified by the machine's clock, from which the
//     terms run; the proxy moves it in the answers about blobs and in the listings of
//     versions, which are all that sweeps read. Sweeps run on the days around the ends
//     of the terms, to save time.
//
// Requests that this program never makes are sent over HTTP too, and so are the steps
// of each role: their documented rights suffice. The tests whose names begin with
// TestLimit show what is not prevented.
//
// The rights that a request needs are those of Azure's table "Permissions for calling
// data operations"; no real account has been asked. Not known here: leases, legal holds,
// blobs of other types than block blobs, and the soft delete of containers.
//
// The package holds nothing but tests.
//
// Imports of this module: none.
package roles
