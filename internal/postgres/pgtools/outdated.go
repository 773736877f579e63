package pgtools

import (
	"fmt"
	"strconv"
	"strings"
)

// fixed has, by major version, the first minor version whose programs withstand
// a hostile server: the fixes of CVE-2025-8714 and CVE-2025-8715, by which a
// dump could run programs where psql restores it. Later major versions have them
// from the start.
var fixed = map[int]int{13: 22, 14: 19, 15: 14, 16: 10, 17: 6}

// Outdated returns the version that has fixes which an installation lacks; ok is
// false if it lacks none that is known.
func (i Installation) Outdated() (needed string, ok bool) {
	minor, known := fixed[i.Major]
	if !known {
		return "", false
	}
	_, text, _ := strings.Cut(i.Version, ".")
	if has, err := strconv.Atoi(text); err == nil && has >= minor {
		return "", false
	}
	return fmt.Sprintf("%d.%d", i.Major, minor), true
}
