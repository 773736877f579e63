package localenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// cacheDir returns the directory of installed parts: $PGVAULT_CACHE, or one in
// the user's cache directory.
func cacheDir() (string, error) {
	dir := os.Getenv("PGVAULT_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil { // no HOME, as under some CI runners
			base = filepath.Join(os.TempDir(), "cache-"+strconv.Itoa(os.Getuid()))
		}
		dir = filepath.Join(base, "pgvault")
	}
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		return "", fmt.Errorf("make the cache directory: %w", err)
	}
	return dir, nil
}

// lockCache keeps other processes from installing the same part. Test binaries
// of several packages run concurrently.
func lockCache(ctx context.Context, dir string) (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the cache's lock: %w", err)
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			// Closing the file releases the lock.
			return func() { _ = file.Close() }, nil
		}
		select {
		case <-ctx.Done():
			_ = file.Close()
			return nil, fmt.Errorf("wait for the cache's lock: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// existing returns path if it exists, and else "".
func existing(path string) string {
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// newDir fills a directory completely or does not create it.
func newDir(dir string, fill func(temp string) error) error {
	temp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+"-new-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	if err := fill(temp); err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("open the directory to all: %w", err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("put a directory in its place: %w", err)
	}
	return nil
}
