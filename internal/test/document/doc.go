// Package document gives tests the commands that the pages in docs tell a person
// to run, and compares what they print with what the pages show.
//
// Imports of this module: none.
package document
