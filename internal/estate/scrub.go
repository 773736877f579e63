package estate

import "github.com/pgvault/pgvault/internal/policy/scrub"

// coverage sums the coverage of scrubs; nil if there is none.
func coverage(instances []Instance) *scrub.Coverage {
	var sum *scrub.Coverage
	for i := range instances {
		one := instances[i].Scrub
		if one == nil {
			continue
		}
		if sum == nil {
			sum = &scrub.Coverage{}
		}
		sum.Join(*one)
	}
	return sum
}
