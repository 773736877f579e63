// Package documenttest checks what commands print against the documented schemas.
//
// Imports of this module: none.
package documenttest
