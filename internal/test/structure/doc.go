// Package structure checks the structure of this module: the imports of each
// package are those listed in its doc.go, and all point in the allowed
// direction. It contains tests only.
//
// Imports of this module: none.
package structure
