package pgtools

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pgvault/pgvault/internal/secret"
)

// passfilePath is the password file as the child finds it: the first of its
// extra files.
const passfilePath = "/proc/self/fd/3"

// newPassfile makes a password file that has no name in any file system. It
// holds the password for every host, port, database and user, since the child
// connects to one server only.
func newPassfile(password secret.String) (*os.File, error) {
	fd, err := unix.MemfdCreate("pgpass", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make the password file: %w", err)
	}
	file := os.NewFile(uintptr(fd), passfilePath)
	// libpq reads no password file that others might read.
	if err := file.Chmod(0o600); err != nil {
		return nil, fmt.Errorf("make the password file: %w", closeAfter(file, err))
	}
	escaped := strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(password.Reveal())
	if _, err := file.WriteString("*:*:*:*:" + escaped + "\n"); err != nil {
		return nil, fmt.Errorf("write the password file: %w", closeAfter(file, err))
	}
	return file, nil
}

func closeAfter(file *os.File, err error) error {
	_ = file.Close()
	return err
}
