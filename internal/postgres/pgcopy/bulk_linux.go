package pgcopy

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// wakeAt has the system wake a reader that waits only when so many bytes are
// there, by tcp(7)'s SO_RCVLOWAT. One that does not wait gets what there is.
func (c *bulkConn) wakeAt(bytes int) error {
	var refused error
	err := c.socket.Control(func(fd uintptr) {
		refused = os.NewSyscallError("setsockopt", syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, bytes))
	})
	if err := errors.Join(err, refused); err != nil {
		return fmt.Errorf("set how the connection to the server is read: %w", err)
	}
	return nil
}
