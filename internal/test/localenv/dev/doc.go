// Package dev keeps a local environment running for a person: `make up` and
// `make down`.
//
// [Up] starts a detached process that runs [Serve], which runs the parts and
// the worker, and waits until it is ready. The environment is in one directory,
// `.dev`. [Down] ends the process, and with it the parts, their data and the
// directory.
//
// Imports of this module: internal/test/localenv,
// internal/test/localenv/sample.
package dev
