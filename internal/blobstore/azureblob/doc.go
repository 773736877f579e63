// Package azureblob implements [blobstore.Backend] for Azure Blob storage.
//
// A [Backend] sends each request once, through Azure's SDK. Only errors.go
// reads the SDK's errors. It maps them to the errors of [blobstore.Backend]. If
// a person must act, the error contains the command to run.
//
// Imports of this module: internal/blobstore, internal/failure,
// internal/failure/clock, internal/signin/whose.
package azureblob
