package cli

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/pgvault/pgvault/internal/progress"
)

// byteSize is a flag for a number of bytes: "80GiB", "500MB", "1.5TiB".
type byteSize int64

var _ pflag.Value = (*byteSize)(nil)

var sizeForm = regexp.MustCompile(`^(\d{1,6}(?:\.\d{1,3})?)([KMGT]i?)?B$`)

// String implements [pflag.Value].
func (s *byteSize) String() string { return strings.ReplaceAll(progress.Size(int64(*s)), " ", "") }

// Set implements [pflag.Value].
func (s *byteSize) Set(text string) error {
	parts := sizeForm.FindStringSubmatch(text)
	if parts == nil {
		return fmt.Errorf("%q is not a size, like 80GiB or 500MB", text)
	}
	number, err := strconv.ParseFloat(parts[1], 64)
	if err != nil {
		return fmt.Errorf("%q is not a size: %w", text, err)
	}
	prefix, binary := strings.CutSuffix(parts[2], "i")
	step := 1000.0
	if binary {
		step = 1024
	}
	power := len(prefix) * (1 + strings.Index("KMGT", prefix))
	*s = byteSize(number * math.Pow(step, float64(power)))
	return nil
}

// Type implements [pflag.Value].
func (s *byteSize) Type() string { return "size" }
