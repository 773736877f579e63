// Package report sums up the drills of a vault for those who audit it, and renders
// the sum as one HTML page.
//
// The page is complete in itself: it has no script and requests nothing. Ten
// instances are two pages of paper. Names are strangers' texts; html/template escapes
// their markup, and the characters by which they would mislead are shown escaped. The
// package is pure: records, times and settings are handed in.
//
// Imports of this module: internal/estate/page/sheet, internal/failure/printable,
// internal/policy, internal/policy/scrub, internal/proof, internal/proof/chain.
package report
