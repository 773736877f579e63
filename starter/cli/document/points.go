package document

import (
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Points is the document of pgvault points.
type Points struct {
	// Points are the recovery points of each instance, newest first.
	Points []Point `json:"points"`
	Outcome
}

// Point is a recovery point.
type Point struct {
	Instance string `json:"instance"`
	ID       string `json:"id"`
	// Time is the time at which the backup was due.
	Time time.Time `json:"time"`
	// Taken is when the dump began; absent if it is unknown.
	Taken time.Time  `json:"taken,omitzero"`
	State PointState `json:"state"`
	// Restorable reports whether a restore can use the point.
	Restorable bool `json:"restorable"`
	// Damage lists the parts that are missing or differ.
	Damage []Damage `json:"damage"`
	// Rule is the retention rule that keeps the point.
	Rule          string `json:"rule,omitempty"`
	Policy        string `json:"policy,omitempty"`
	Database      string `json:"database,omitempty"`
	ServerVersion string `json:"serverVersion,omitempty"`
	// Trigger is absent if it is unknown.
	Trigger Trigger `json:"trigger,omitempty"`
	// Job is the ID of the job that made the point.
	Job string `json:"job,omitempty"`
	// Dump is the name of the dump's blob.
	Dump      string `json:"dump,omitempty"`
	DumpBytes int64  `json:"dumpBytes"`
	// SHA256 is the hash of the dump.
	SHA256 string `json:"sha256,omitempty"`
	Tier   Tier   `json:"tier"`
	// ArchiveAt is when the dump moves to the archive tier; absent if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	// Expires is until when the point is kept.
	Expires time.Time `json:"expires,omitzero"`
	// LockedUntil is until when the storage refuses to delete the point; absent without
	// a lock.
	LockedUntil time.Time `json:"lockedUntil,omitzero"`
	// HeldBy are the IDs of the jobs that read the point.
	HeldBy []string `json:"heldBy"`
	// Rehydration is the readable copy of an archived dump; absent if there is none.
	Rehydration *Rehydration `json:"rehydration,omitempty"`
	// Deleted is absent for a point that is not deleted.
	Deleted *Tombstone `json:"deleted,omitempty"`
	// ReadBack is when the dump was read back last; absent if that is unknown.
	ReadBack time.Time `json:"readBack,omitzero"`
	// Drill is the newest drill of the point; absent if there was none.
	Drill *PointDrill `json:"drill,omitempty"`
}

// PointState is the state of a recovery point.
type PointState string

// The states of points.
const (
	Good PointState = "good"
	// Held means that the point is good, and that a job reads it.
	Held PointState = "held"
	// Copied means that the dump is not the blob that was verified, as after a move of
	// the vault. The point can be restored.
	Copied PointState = "copied"
	// Damaged means that a part is missing or not what was stored.
	Damaged PointState = "damaged"
	// Deleted means that pgvault undelete can bring the point back.
	Deleted PointState = "deleted"
	// Removing means that a sweep removes the point for good.
	Removing PointState = "removing"
	// Incomplete is the state of the remains of a failed attempt.
	Incomplete PointState = "incomplete"
)

// Tier is the access tier of a dump.
type Tier string

// The tiers.
const (
	Hot         Tier = "hot"
	Cool        Tier = "cool"
	Cold        Tier = "cold"
	Archive     Tier = "archive"
	Premium     Tier = "premium"
	UnknownTier Tier = "unknown"
)

// Trigger is what started a job.
type Trigger string

// The triggers.
const (
	BySchedule Trigger = "schedule"
	OnDemand   Trigger = "on-demand"
)

// TriggerOf returns a known trigger, or none.
func TriggerOf(text string) Trigger {
	if t := Trigger(text); t == BySchedule || t == OnDemand {
		return t
	}
	return ""
}

// Damage is a part of a blob that is not what was stored.
type Damage struct {
	// Blob is the name of the blob.
	Blob   string     `json:"blob"`
	Kind   DamageKind `json:"kind"`
	Offset int64      `json:"offset"`
	// DamagedBytes is the length of the part; absent if it extends to the blob's end.
	DamagedBytes int64 `json:"damagedBytes,omitempty"`
}

// DamageKind is the kind of a damage.
type DamageKind string

// The kinds of damage.
const (
	DamageMissing  DamageKind = "missing"
	DamageLength   DamageKind = "other-length"
	DamageBytes    DamageKind = "other-bytes"
	DamageUnread   DamageKind = "cannot-be-decoded"
	DamageMetadata DamageKind = "other-metadata"
	// DamageSignature means that the trust file does not accept the manifest.
	DamageSignature DamageKind = "not-signed"
	// DamageOther is a kind that this version does not know.
	DamageOther DamageKind = "other"
)

// Rehydration is the copy of a dump in the archive tier that can be read.
type Rehydration struct {
	// Copy is the name of the copy's blob.
	Copy string `json:"copy"`
	// Expected is until when the copy is expected; absent if it is unknown.
	Expected time.Time `json:"expected,omitzero"`
	// Ready is when the copy was ready; absent while the storage makes it.
	Ready time.Time `json:"ready,omitzero"`
	// Until is until when the copy is kept; absent if it is unknown.
	Until time.Time `json:"until,omitzero"`
}

// Tombstone says when, by whom and why a point was deleted.
type Tombstone struct {
	// At is absent if it cannot be read.
	At time.Time `json:"at,omitzero"`
	// Until is until when the point can be undeleted; absent if it has no end.
	Until time.Time `json:"until,omitzero"`
	// BySweep reports whether a sweep deleted the point, since it had expired.
	BySweep bool `json:"bySweep"`
	// By is the unverified identity of the person.
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
	Job    string `json:"job,omitempty"`
}

// PointDrill is the newest drill of a point.
type PointDrill struct {
	Verdict    Verdict   `json:"verdict"`
	RecordedAt time.Time `json:"recordedAt"`
	// RestoreSeconds is the measured time to restore; absent if the restore did not
	// come to its end.
	RestoreSeconds float64 `json:"restoreSeconds,omitempty"`
}

// PointOf returns the document of a listed point.
func PointOf(p vault.Point, readBack time.Time, drill *vault.ProofSummary) Point {
	return Point{
		Instance: p.Instance, ID: p.ID, Time: p.Time, Taken: p.Taken, State: pointStateOf(p), Restorable: p.Committed && !p.Removing && p.Restorable(),
		Damage: each(p.Damage, damageOf), Rule: p.Rule, Policy: p.Policy, Database: p.Database, ServerVersion: p.ServerVersion,
		Trigger: TriggerOf(p.Trigger), Job: p.Job, Dump: p.DumpBlob, DumpBytes: p.DumpSize, SHA256: p.SHA256, Tier: tierOf(string(p.Tier)),
		ArchiveAt: p.ArchiveAt, Expires: p.Expires, LockedUntil: p.LockedUntil, HeldBy: p.Holds,
		Rehydration: maybe(p.Rehydration, func(r vault.Rehydration) Rehydration { return Rehydration{r.Copy, r.Expected, r.Ready, r.Until} }),
		Deleted:     maybe(p.Deleted, tombstoneOf), ReadBack: readBack, Drill: maybe(drill, pointDrillOf),
	}
}

func pointStateOf(p vault.Point) PointState {
	switch {
	case !p.Committed:
		return Incomplete
	case p.Removing:
		return Removing
	case p.Deleted != nil:
		return Deleted
	case p.Copied:
		return Copied
	case !p.Good:
		return Damaged
	case len(p.Holds) > 0:
		return Held
	}
	return Good
}

func tierOf(tier string) Tier {
	switch known := Tier(strings.ToLower(tier)); known {
	case Hot, Cool, Cold, Archive, Premium:
		return known
	}
	return UnknownTier
}

func damageOf(d manifest.Damage) Damage {
	kind, ok := map[string]DamageKind{
		manifest.WhatMissing: DamageMissing, manifest.WhatLength: DamageLength, manifest.WhatBytes: DamageBytes,
		manifest.WhatUnread: DamageUnread, manifest.WhatMetadata: DamageMetadata, manifest.WhatSignature: DamageSignature,
	}[d.What]
	if !ok {
		kind = DamageOther
	}
	return Damage{Blob: d.Blob, Kind: kind, Offset: d.Offset, DamagedBytes: d.Size}
}

func tombstoneOf(t vault.Tombstone) Tombstone {
	return Tombstone{At: t.At, Until: t.Until, BySweep: t.BySweep, By: t.Identity, Reason: t.Reason, Job: t.Job}
}

func pointDrillOf(s vault.ProofSummary) PointDrill {
	return PointDrill{Verdict: Verdict(s.Verdict), RecordedAt: s.RecordedAt, RestoreSeconds: s.Restore.Seconds()}
}
