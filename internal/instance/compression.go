package instance

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/failure/suggest"
)

// Compression is an algorithm of pg_dump and its level, written as "zstd:3".
// The zero value leaves both to the program.
type Compression struct {
	// Algorithm is none, gzip, lz4 or zstd.
	Algorithm string
	// Level is 0 for the algorithm's default.
	Level int
}

// IsZero reports whether c is the zero value.
func (c Compression) IsZero() bool { return c.Algorithm == "" }

// maxLevel is the highest level of each algorithm; 0 for one without levels.
var maxLevel = map[string]int{"none": 0, "gzip": 9, "lz4": 0, "zstd": 22}

// ParseCompression parses "zstd", "zstd:3" and the like.
func ParseCompression(text string) (Compression, error) {
	algorithm, level, leveled := strings.Cut(text, ":")
	highest, known := maxLevel[algorithm]
	if !known {
		names := []string{"none", "gzip", "lz4", "zstd"}
		return Compression{}, fmt.Errorf("%q is not a compression%s; write one of %s, with a level as in zstd:3", text, suggest.DidYouMean(algorithm, names), strings.Join(names, ", "))
	}
	if !leveled {
		return Compression{Algorithm: algorithm}, nil
	}
	n, err := strconv.Atoi(level)
	if err != nil || n < 1 || n > highest {
		return Compression{}, fmt.Errorf("%q is not a level of %s; write 1 to %d", level, algorithm, highest)
	}
	return Compression{Algorithm: algorithm, Level: n}, nil
}

func (c Compression) String() string {
	if c.Level == 0 {
		return c.Algorithm
	}
	return fmt.Sprintf("%s:%d", c.Algorithm, c.Level)
}

// MarshalJSON returns the text that [ParseCompression] parses, as JSON.
func (c Compression) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// UnmarshalJSON decodes the text of MarshalJSON.
func (c *Compression) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("read a compression: %w", err)
	}
	if text == "" {
		*c = Compression{}
		return nil
	}
	var err error
	*c, err = ParseCompression(text)
	return err
}
