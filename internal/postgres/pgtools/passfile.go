package pgtools

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
)

// passfilePath is the password file as the child finds it: the first of its
// extra files.
const passfilePath = "/proc/self/fd/3"

// servicePath is where a child finds the settings that libpq takes from a
// service file, and from no variable.
const servicePath = "/proc/self/fd/4"

// serviceName is the only section of that file.
const serviceName = "pgvault"

// newPassfile makes a password file that has no name in any file system. It
// holds the password for every host, port, database and user, since the child
// connects to one server only.
func newPassfile(password secret.String) (*os.File, error) {
	escaped := strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(password.Reveal())
	return newMemoryFile("pgpass", []byte("*:*:*:*:"+escaped+"\n"))
}

// FilePath is where a child finds the file with that index in [Command.Files].
// It can be opened more than once, and sought in.
func FilePath(index int) string { return fmt.Sprintf("/proc/self/fd/%d", firstFile+index) }

// firstFile is the descriptor that follows those of password and service file.
const firstFile = 5

// newMemoryFile makes a file that has no name in any file system.
func newMemoryFile(what string, content []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate(what, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make the memory file %s: %w", what, err)
	}
	file := os.NewFile(uintptr(fd), what)
	// libpq reads no password file that others might read.
	if err := file.Chmod(0o600); err != nil {
		return nil, fmt.Errorf("make the memory file %s: %w", what, closeAfter(file, err))
	}
	if _, err := file.Write(content); err != nil {
		return nil, fmt.Errorf("write the memory file %s: %w", what, closeAfter(file, err))
	}
	return file, nil
}

// newFiles makes the password file, the service file and those that the command
// asks for, in the order in which the child gets them.
func newFiles(password secret.String, contents [][]byte) ([]*os.File, error) {
	passfile, err := newPassfile(password)
	if err != nil {
		return nil, err
	}
	files := []*os.File{passfile}
	service := []byte("[" + serviceName + "]\n" + postgres.ClientKeepalives())
	for _, content := range append([][]byte{service}, contents...) {
		file, err := newMemoryFile("input", content)
		if err != nil {
			closeAll(files)
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, file := range files {
		_ = file.Close()
	}
}

func closeAfter(file *os.File, err error) error {
	_ = file.Close()
	return err
}
