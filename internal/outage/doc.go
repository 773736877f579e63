// Package outage records waits for unavailable services and bounds their
// length.
//
// The code that waits, such as the upload of a block, is far from the code that
// shows the wait, such as the job's status card. A context connects them.
//
// Imports of this module: none.
package outage
