// Samplepage prints the page of a made-up estate, for the pictures in docs. Its first
// argument is the name of the instance that is open.
//
// Imports of this module: internal/estate, internal/estate/estatetest,
// internal/estate/page.
package main
