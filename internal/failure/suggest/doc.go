// Package suggest finds the name that was probably meant by one with a typing
// error.
//
// Imports of this module: none.
package suggest
