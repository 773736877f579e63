// Package structure checks the structure of this module: each package has the
// dependencies that its doc.go lists, and none points the wrong way. It holds
// tests only.
//
// Imports of this module: none.
package structure
