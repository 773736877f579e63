//go:build !linux

package pgcopy

// wakeAt does nothing: other systems' polls do not ask how much is there, so a
// reader is woken for whatever comes.
func (c *bulkConn) wakeAt(int) error { return nil }
