// Package suggest finds the name that was probably meant by one with a typing
// error. It is pure and may import nothing of this program.
package suggest
