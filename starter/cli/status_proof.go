package cli

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/progress"
)

// provenAge returns the age of the newest proof, for the table.
func provenAge(i estate.Instance, now time.Time) string {
	switch {
	case i.Drill == nil:
		return ""
	case i.Drill.LastProven == nil:
		return "never"
	}
	return estate.DurationText(now.Sub(i.Drill.LastProven.At)) + " ago"
}

// provenText describes the newest proof and until when it counts.
func (z zone) provenText(d *estate.Drill, now time.Time) string {
	if d == nil {
		return ""
	}
	text := "never"
	if d.LastProven != nil {
		text = proofText(d.LastProven, now)
	}
	if !d.Due.IsZero() {
		text += "; a newer one is due by " + z.time(d.Due)
	}
	return text
}

func proofText(p *estate.Proof, now time.Time) string {
	return fmt.Sprintf("%s, %s ago, %s", p.Point, estate.DurationText(now.Sub(p.At)), p.Verdict)
}

// drillText describes the newest drill if it is not the newest proof.
func drillText(d *estate.Drill, now time.Time) string {
	switch {
	case d == nil || d.Last == nil:
		return ""
	case d.Doubt != "":
		return proofText(d.Last, now) + ", not accepted: " + firstLine(d.Doubt)
	case d.LastProven != nil && d.LastProven.Sequence == d.Last.Sequence:
		return ""
	}
	return proofText(d.Last, now)
}

// restoreText describes the measured time to restore and its trend.
func restoreText(d *estate.Drill) string {
	if d == nil || d.RestoreSeconds == 0 {
		return ""
	}
	text := secondsText(d.RestoreSeconds) + " measured"
	if d.EarlierRestoreSeconds > 0 {
		text += fmt.Sprintf("; %s before (median)", secondsText(d.EarlierRestoreSeconds))
	}
	return text
}

func (z zone) nextDrill(d *estate.Drill) string {
	switch {
	case d == nil:
		return ""
	case !d.Scheduled:
		return "on demand only"
	}
	return z.time(d.Next)
}

// scrubText describes the part of the points that was read back recently.
func (z zone) scrubText(c *scrub.Coverage) string {
	if c == nil {
		return ""
	}
	text := fmt.Sprintf("%d of %s, %s of %s", c.ReadPoints, counted(c.Points, "point"), progress.Size(c.ReadBytes), progress.Size(c.Bytes))
	if c.Never > 0 {
		text += fmt.Sprintf("; %d never", c.Never)
	}
	if !c.Oldest.IsZero() {
		text += ", the longest ago on " + z.day(c.Oldest)
	}
	return text
}
