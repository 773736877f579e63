package pgtools

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
)

// passfilePath is the path of the password file in the child, the first of its
// extra files.
const passfilePath = "/proc/self/fd/3"

// servicePath is the path of the service file in the child. It has the settings
// for which libpq has no variable.
const servicePath = "/proc/self/fd/4"

// serviceName is the name of that file's only section.
const serviceName = "pgvault"

// newPassfile creates a password file without a name in any file system. It has
// the password for every host, port, database and user, since the child
// connects to one server only.
func newPassfile(password secret.String) (*os.File, error) {
	escaped := strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(password.Reveal())
	return newMemoryFile("pgpass", []byte("*:*:*:*:"+escaped+"\n"))
}

// FilePath returns the path in the child of the file with that index in
// [Command.Files]. The file is seekable and can be opened more than once.
func FilePath(index int) string { return fmt.Sprintf("/proc/self/fd/%d", firstFile+index) }

// firstFile is the descriptor after the password and service files.
const firstFile = 5

// newMemoryFile creates a file without a name in any file system.
func newMemoryFile(what string, content []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate(what, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make the memory file %s: %w", what, err)
	}
	file := os.NewFile(uintptr(fd), what)
	// libpq ignores a password file that others could read.
	if err := file.Chmod(0o600); err != nil {
		return nil, fmt.Errorf("make the memory file %s: %w", what, closeAfter(file, err))
	}
	if _, err := file.Write(content); err != nil {
		return nil, fmt.Errorf("write the memory file %s: %w", what, closeAfter(file, err))
	}
	return file, nil
}

// newFiles creates the password file, the service file and the command's files,
// in the order of the child's descriptors.
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
