// Package backendtest tests implementations of [blobstore.Backend].
//
// [Run] needs only the features of every blob storage. It runs against Azurite
// and package memblob. Azurite has no versions and no immutability policies,
// and completes each copy at once. [RunVersions] and [RunSlowCopies] therefore
// run against memblob and the stand-ins of internal/test/localenv. These are
// code of this module: the tests show that they agree with each other and not
// that they agree with Azure.
//
// Imports of this module: internal/blobstore, internal/failure.
package backendtest
