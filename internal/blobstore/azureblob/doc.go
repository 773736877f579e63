// Package azureblob is a container of Azure Blob storage.
//
// A [Backend] makes each request once, by Azure's SDK. errors.go is the only
// place that reads the SDK's errors: it maps them to those of
// [blobstore.Backend]'s contract, with the command that helps where a person
// must act.
//
// Imports of this module: internal/blobstore, internal/clock, internal/failure.
package azureblob
