// It holds tests only.
//
// Imports of this module: none.
package imports
