// Package backendtest checks that a storage keeps the contract of
// [blobstore.Backend].
//
// [Run] needs what every blob storage has, and runs over Azurite and over package
// memblob. Azurite has no versions and no immutability policies, and makes
// each copy at once. [RunVersions] and [RunSlowCopies] therefore run over memblob
// and over the stand-ins before Azurite of internal/test/localenv, which are this
// module's own: they show that all agree, not what Azure does.
//
// Imports of this module: internal/blobstore, internal/failure.
package backendtest
