// Package outage records waits for services that are away and says how long they
// may last.
//
// The code that waits and the code that shows the wait are far apart: an upload
// of a block, and the status card of its job. A context connects them.
//
// Imports of this module: none.
package outage
