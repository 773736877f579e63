// Package alert decides which receivers are told what about the problems of an
// estate. It is pure: [Next] derives the next state of the alerts and the
// deliveries from the state, one run of the watch and the time.
//
// An alert is raised once, reminded of daily and resolved once. Both changes need
// two consecutive runs that agree. More than ten alerts of a kind in one run are
// one digest, which is resolved together. While the vault cannot be read, the only
// alert is [estate.KindWatchBlind], and the others stay as they are.
//
// [Run] and [State] are inputs of a workflow, so that a stranger may have made
// them. Their Check methods bound them.
//
// Imports of this module: internal/estate, internal/failure,
// internal/failure/printable, internal/instance, internal/jobs.
package alert
