// Package archivetest makes tables of contents for tests.
//
// Imports of this module: internal/archive.
package archivetest
