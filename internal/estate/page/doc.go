// Package page renders an estate as one HTML page, for people.
//
// The page is complete in itself: it has no script and requests nothing. Names and
// messages are strangers' texts; html/template escapes their markup, and the
// characters by which they would mislead a reader are shown escaped.
//
// Imports of this module: internal/estate, internal/estate/page/sheet,
// internal/failure/printable, internal/jobs, internal/progress.
package page
