//go:build !linux

package pgcopy

// setLowWater does nothing: the polls of other systems ignore a low-water mark.
func (c *batchConn) setLowWater(int) error { return nil }
