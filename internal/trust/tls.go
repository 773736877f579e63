package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/instance"
)

// maxFile is the maximum size of a trust file and of a file of root
// certificates, in bytes.
const maxFile = 1 << 20

// tlsModes are the TLS modes, from the weakest to the strongest.
var tlsModes = []string{instance.TLSDisable, instance.TLSRequire, instance.TLSVerifyCA, instance.TLSVerifyFull}

// TLS returns a refusal unless a TLS mode is at least the file's minimum. The
// default minimum is verify-full. An empty mode means verify-full.
func (f File) TLS(mode string) error {
	if mode == "" {
		mode = instance.TLSVerifyFull
	}
	if !slices.Contains(tlsModes, mode) {
		return unusable(fmt.Errorf("%s is not a TLS mode", shown(mode)), "give one of "+strings.Join(tlsModes, ", "))
	}
	if slices.Index(tlsModes, mode) >= slices.Index(tlsModes, f.tlsFloor()) {
		return nil
	}
	return f.refuse("tls: {minimum: "+mode+"}", "the TLS mode %s, only %s and stricter", mode, f.tlsFloor())
}

func (f File) tlsFloor() string {
	if f.minimumTLS == "" {
		return instance.TLSVerifyFull
	}
	return f.minimumTLS
}

// RootCertificate returns a refusal unless a file of root certificates is a
// regular file of at most 1 MiB in the file's folder of them or below. The
// target of a symbolic link must be such a file too. An empty path means the
// system's roots and is allowed.
func (f File) RootCertificate(path string) error {
	if path == "" {
		return nil
	}
	if err := instance.CheckPath(path); err != nil || strings.ContainsRune(path, 0) {
		return unusable(fmt.Errorf("%s is not the full path of a file", shown(path)), "begin it with /")
	}
	clean := filepath.Clean(path)
	if f.roots == "" || !below(f.roots, clean) {
		return f.refuse(fmt.Sprintf("tls: {rootCertificates: %q}", filepath.Dir(clean)+"/"), "root certificates in %s", shown(clean))
	}
	if err := checkCertificate(f.roots, clean); err != nil {
		return unusable(fmt.Errorf("root certificates %s: %w", shown(clean), err), "put a regular file of at most 1 MiB into "+f.roots)
	}
	return nil
}

// checkCertificate resolves the symbolic links of both paths.
func checkCertificate(folder, path string) error {
	realFolder, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return cause(err)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return cause(err)
	}
	if !below(realFolder, real) {
		return errors.New("a symbolic link leads out of the folder")
	}
	info, err := os.Lstat(real)
	if err != nil {
		return cause(err)
	}
	return checkRegular(info)
}

func checkRegular(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	if info.Size() > maxFile {
		return fmt.Errorf("it has %d bytes, and at most %d are read", info.Size(), maxFile)
	}
	return nil
}

// below reports whether a clean path is within a folder.
func below(folder, path string) bool {
	relative, err := filepath.Rel(folder, path)
	return err == nil && relative != "." && filepath.IsLocal(relative)
}

// cause returns an error of the file system without its path, which the caller
// adds.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
