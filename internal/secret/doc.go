// Package secret holds values that must not leave the process.
//
// A [String] prints, formats and logs as a redaction and cannot be marshalled.
// [String.Reveal] is the only way to its content, so that every use can be
// found by searching for that word.
//
// Imports of this module: none.
package secret
