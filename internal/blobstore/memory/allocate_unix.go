//go:build unix

package memory

import (
	"fmt"
	"syscall"
)

// allocate maps anonymous memory. The operating system provides pages on the
// first write.
func allocate(size int) ([]byte, error) {
	buffer, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("allocate a buffer of %d bytes: %w", size, err)
	}
	return buffer, nil
}

func free(buffer []byte) {
	if err := syscall.Munmap(buffer); err != nil {
		panic("memory: free a buffer: " + err.Error()) // only a slice that allocate did not return fails
	}
}
