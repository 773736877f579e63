package suggest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// longest bounds the names that are compared, in bytes. Comparing two names
// takes time and memory in proportion to the product of their lengths.
const longest = 128

// near returns the known names that are near to a name.
func near(name string, known []string) []string {
	limit := max(1, len(name)/3)
	return slices.DeleteFunc(slices.Clone(known), func(k string) bool {
		return max(len(name), len(k)) > longest || distance(name, k) > limit
	})
}

// DidYouMean returns `; did you mean "x"?` with the nearest of the known names,
// or "" when none is near.
func DidYouMean(name string, known []string) string {
	candidates := near(name, known)
	if len(candidates) == 0 {
		return ""
	}
	best := slices.MinFunc(candidates, func(a, b string) int { return cmp.Compare(distance(name, a), distance(name, b)) })
	return fmt.Sprintf("; did you mean %q?", best)
}

// Nearest returns at most count known names that are near to a name, the nearest
// first.
func Nearest(name string, known []string, count int) []string {
	candidates := near(name, known)
	slices.SortStableFunc(candidates, func(a, b string) int { return cmp.Compare(distance(name, a), distance(name, b)) })
	candidates = slices.Compact(candidates)
	return candidates[:min(count, len(candidates))]
}

// distance is the number of letters to add, drop, change or swap with their
// neighbour to make one name of the other, whatever their case.
func distance(a, b string) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := rows[i-1][j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
