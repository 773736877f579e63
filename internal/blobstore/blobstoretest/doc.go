// Package blobstoretest provides streams of noise, and their upload as a blob,
// for tests.
//
// Imports of this module: internal/blobstore.
package blobstoretest
