// Package preflight makes every check that a backup depends on, and reports
// all that it finds at once.
//
// A check that needs an earlier one is left out when that one found something;
// all others run. Nothing is changed anywhere. It may import
// internal/{blobstore,config,failure,grants,pgtools,postgres,progress,signin}.
package preflight
