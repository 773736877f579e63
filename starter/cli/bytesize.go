package cli

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/pgvault/pgvault/internal/progress"
)

// byteSize is a flag for a number of bytes: "80GiB", "500MB", "1.5TiB".
type byteSize int64

var _ pflag.Value = (*byteSize)(nil)

// String implements [pflag.Value].
func (s *byteSize) String() string { return strings.ReplaceAll(progress.Size(int64(*s)), " ", "") }

// Set implements [pflag.Value].
func (s *byteSize) Set(text string) error {
	size, err := progress.ParseSize(text)
	*s = byteSize(size)
	return err
}

// Type implements [pflag.Value].
func (s *byteSize) Type() string { return "size" }
