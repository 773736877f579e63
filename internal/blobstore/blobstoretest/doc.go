// Package blobstoretest has what tests of containers share: streams of noise, and
// their way into a blob.
//
// Imports of this module: internal/blobstore.
package blobstoretest
