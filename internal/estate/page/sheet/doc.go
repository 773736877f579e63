// Package sheet makes the style sheets of pages that are complete in themselves: the
// colours and the type that the pages of an estate and of drills have in common, the
// rules of one page, and the Content-Security-Policy that allows them.
//
// Imports of this module: none.
package sheet
