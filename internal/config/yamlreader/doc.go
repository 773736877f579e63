// Package yamlreader reads YAML strictly: an unknown, missing or repeated field and
// a value of the wrong form are mistakes, and all mistakes of a file are reported
// together, each with line and column.
//
// [Read] parses a document and calls a function that knows its shape. That function
// describes each mapping by its fields ([Required], [Optional]) and each value by a
// reader that stores it.
//
// The package is pure.
//
// Imports of this module: internal/failure, internal/failure/suggest.
package yamlreader
