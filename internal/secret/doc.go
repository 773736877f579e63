// Package secret holds values that must not leave the process.
//
// A [String] prints, formats, logs and marshals as a redaction or not at all;
// [String.Reveal] is the only way to its content, so every use can be found by
// searching for that one word.
//
// Imports of this module: none.
package secret
