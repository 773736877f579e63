package scrub

import "time"

// Coverage is the part of a vault that was read within the time of its rules. It
// counts points in the hot, cool and cold tiers that nobody has deleted.
type Coverage struct {
	Points int   `json:"points"`
	Bytes  int64 `json:"bytes"`
	// ReadPoints and ReadBytes count the points that are not due.
	ReadPoints int   `json:"readPoints"`
	ReadBytes  int64 `json:"readBytes"`
	// Never counts the points that were never read, as after a copy of the vault.
	Never int `json:"never,omitempty"`
	// Oldest is the time of the oldest last reading of the other points; zero if
	// there are none.
	Oldest time.Time `json:"oldest,omitzero"`
}

// Add counts a point.
func (c *Coverage) Add(r Rules, p Point) {
	c.Points++
	c.Bytes += p.Bytes
	if !r.Due(p) {
		c.ReadPoints++
		c.ReadBytes += p.Bytes
	}
	last := r.lastRead(p)
	if last.IsZero() {
		c.Never++
	}
	c.Oldest = older(c.Oldest, last)
}

// Join counts the points of another part of the vault.
func (c *Coverage) Join(other Coverage) {
	c.Points += other.Points
	c.Bytes += other.Bytes
	c.ReadPoints += other.ReadPoints
	c.ReadBytes += other.ReadBytes
	c.Never += other.Never
	c.Oldest = older(c.Oldest, other.Oldest)
}

// older returns the earlier of two times, of which a zero one does not count.
func older(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// ShareOfPoints returns the share of the points that are not due; 1 if there are
// no points.
func (c Coverage) ShareOfPoints() float64 { return share(int64(c.ReadPoints), int64(c.Points)) }

// ShareOfBytes is like [Coverage.ShareOfPoints] for bytes.
func (c Coverage) ShareOfBytes() float64 { return share(c.ReadBytes, c.Bytes) }

func share(part, of int64) float64 {
	if of == 0 {
		return 1
	}
	return float64(part) / float64(of)
}
