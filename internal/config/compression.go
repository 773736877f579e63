package config

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// maxLevel of each algorithm; 0 where there are no levels.
var maxLevel = map[string]int{"none": 0, "gzip": 9, "lz4": 0, "zstd": 22}

// ParseCompression reads "zstd", "zstd:3" and the like.
func ParseCompression(text string) (Compression, error) {
	algorithm, level, leveled := strings.Cut(text, ":")
	highest, known := maxLevel[algorithm]
	if !known {
		names := []string{"none", "gzip", "lz4", "zstd"}
		return Compression{}, fmt.Errorf("%q is not a compression%s; write one of %s, with a level as in zstd:3", text, didYouMean(algorithm, names), strings.Join(names, ", "))
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

// MarshalJSON writes what [ParseCompression] reads.
func (c Compression) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// UnmarshalJSON takes what MarshalJSON wrote.
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

func (p *fileParser) compression(into *Compression) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text, at, ok := p.string(n, path)
		if !ok {
			return
		}
		parsed, err := ParseCompression(text)
		if err != nil {
			p.problem(at, "%s: %v", path, err)
		}
		*into = parsed
	}
}
