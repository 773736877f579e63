// Package growth compares the time that code takes for inputs of different
// sizes. It counts the processor time of one thread, which other work on the
// machine does not add to.
//
// Imports of this module: none.
package growth
