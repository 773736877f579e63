package progress

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var sizeForm = regexp.MustCompile(`^(\d{1,6}(?:\.\d{1,3})?)([KMGT]i?)?B$`)

// ParseSize parses a number of bytes with a unit: "80GiB", "500MB", "1.5TiB".
func ParseSize(text string) (int64, error) {
	parts := sizeForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q is not a size, like 80GiB or 500MB", text)
	}
	number, err := strconv.ParseFloat(parts[1], 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a size: %w", text, err)
	}
	prefix, binary := strings.CutSuffix(parts[2], "i")
	step := 1000.0
	if binary {
		step = 1024
	}
	power := len(prefix) * (1 + strings.Index("KMGT", prefix))
	return int64(number * math.Pow(step, float64(power))), nil
}
