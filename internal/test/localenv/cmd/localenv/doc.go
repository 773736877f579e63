// Command localenv runs the local environment for people; the Makefile calls it.
// See internal/test/localenv/dev.
//
// Imports of this module: internal/test/localenv, internal/test/localenv/demo,
// internal/test/localenv/dev.
package main
