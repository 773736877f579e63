package pgcopy

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// setLowWater sets the number of bytes at which the system wakes a waiting
// reader: SO_RCVLOWAT of socket(7). A reader that does not wait gets fewer.
func (c *batchConn) setLowWater(bytes int) error {
	var refused error
	err := c.socket.Control(func(fd uintptr) {
		refused = os.NewSyscallError("setsockopt", syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, bytes))
	})
	if err := errors.Join(err, refused); err != nil {
		return fmt.Errorf("set the low-water mark of the connection to the server: %w", err)
	}
	return nil
}
