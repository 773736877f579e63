// Package instance is the model of what is protected: backup instances, their
// servers and sign-ins, and the settings of their vault. The JSON of an
// [Instance] is the instance.json of a vault.
//
// The package is pure.
//
// Imports of this module: internal/failure/suggest, internal/outage,
// internal/policy.
package instance
