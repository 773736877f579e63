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
		sum.Points, sum.Bytes, sum.Never = sum.Points+one.Points, sum.Bytes+one.Bytes, sum.Never+one.Never
		sum.ReadPoints, sum.ReadBytes = sum.ReadPoints+one.ReadPoints, sum.ReadBytes+one.ReadBytes
		if sum.Oldest.IsZero() || !one.Oldest.IsZero() && one.Oldest.Before(sum.Oldest) {
			sum.Oldest = one.Oldest
		}
	}
	return sum
}
