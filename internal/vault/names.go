package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"
)

const (
	settingsName  = "vault.json"
	instancesRoot = "instances/"
	jobsRoot      = "jobs/"
	proofsRoot    = "proofs/"
	// drillsName begins as no instance's name does.
	drillsName         = proofsRoot + "_drills.json"
	manifestName       = "manifest.json"
	dumpPrefix         = "dump-"
	blocksPrefix       = "blocks-"
	rolesPrefix        = "roles-"
	fingerprintsPrefix = "fingerprints-"
	holdPrefix         = "hold-"
	removalName        = "removal.json"
	tombstoneName      = "tombstone.json"
	retentionName      = "retention.json"
	copyPrefix         = "rehydrated-"
	// The name sorts after the copies', so that a listing returns them first.
	rehydrationName = "rehydration.json"
	// Statements are DSSE envelopes.
	statementPrefix = "statement-"
	statementSuffix = ".dsse.json"
	manifestPrefix  = "manifest-"
	retentionPrefix = "retention-"
	// verificationName is the outcome of the point's last read-back.
	verificationName = "verification.json"
	// The name sorts before the instance's points, so that a listing returns it
	// first.
	protectionName = "instance-protection.json"
	definitionName = "instance.json"
	pointTime      = "20060102T150405Z"
)

// InstancePrefix returns the prefix of the names of all blobs of an instance.
func InstancePrefix(instance string) string { return instancesRoot + instance + "/" }

func instanceName(instance string) string { return InstancePrefix(instance) + definitionName }

func pointsPrefix(instance string) string { return InstancePrefix(instance) + "points/" }

func pointPrefix(instance, point string) string { return pointsPrefix(instance) + point + "/" }

// PointID returns the ID of a point: its scheduled time, by which IDs sort, and
// the short ID of the run that makes it.
func PointID(scheduled time.Time, run string) string {
	return scheduled.UTC().Format(pointTime) + "-" + ShortID(run)
}

// ShortID returns the last eight characters of a run ID. The first ones are a
// time and equal for all runs of a minute.
func ShortID(run string) string { return run[max(0, len(run)-8):] }

// ParsePointTime returns the scheduled time in a point's ID.
func ParsePointTime(id string) (time.Time, error) {
	stamp, _, _ := strings.Cut(id, "-")
	at, err := time.Parse(pointTime, stamp)
	if err != nil {
		return time.Time{}, fmt.Errorf("point ID %q does not begin with a time like %s", id, pointTime)
	}
	return at, nil
}

// Names are the names of the blobs of one attempt at a point.
type Names struct{ Dump, Blocks, Fingerprints, Roles string }

// AttemptNames returns the blob names of an attempt, which are unique to it.
func AttemptNames(instance, point, attempt string) Names {
	prefix := pointPrefix(instance, point)
	return Names{
		Dump:         prefix + dumpPrefix + attempt + ".dump",
		Blocks:       prefix + blocksPrefix + attempt + ".txt",
		Fingerprints: prefix + fingerprintsPrefix + attempt + ".json",
		Roles:        prefix + rolesPrefix + attempt + ".sql",
	}
}

// manifestStatement returns the name of the signed copy of a manifest with that
// SHA-256.
func manifestStatement(instance, point, sha256 string) string {
	return pointPrefix(instance, point) + manifestPrefix + sha256 + statementSuffix
}

func isManifestStatement(name string) bool { return isEnvelope(name, manifestPrefix) }

// retentionStatement returns the name of the signed retention of a point. sha256 is
// that of the payload.
func retentionStatement(instance, point, sha256 string) string {
	return pointPrefix(instance, point) + retentionPrefix + sha256 + statementSuffix
}

// OfAttempt reports whether an attempt at the point may have stored the blob.
func OfAttempt(instance, point, blob string) bool {
	return path.Dir(blob)+"/" == pointPrefix(instance, point) && (isAttempts(blob) || isStatement(blob))
}

// IsSource reports whether the point's dump can be read from the blob: the dump
// itself or a rehydrated copy of it.
func IsSource(instance, point, blob string) bool {
	return path.Dir(blob)+"/" == pointPrefix(instance, point) && (isDump(blob) || isCopy(blob))
}

// isAttempts reports whether [AttemptNames] may have returned the name.
func isAttempts(name string) bool {
	base := path.Base(name)
	return isDump(name) || strings.HasPrefix(base, blocksPrefix) || strings.HasPrefix(base, fingerprintsPrefix) || strings.HasPrefix(base, rolesPrefix)
}

// isStatement reports whether [StatementName] may have returned the name.
func isStatement(name string) bool { return strings.HasPrefix(path.Base(name), statementPrefix) }

func isDump(name string) bool { return strings.HasPrefix(path.Base(name), dumpPrefix) }

// maxSegment keeps names with a job's ID below Azure's limit of 1,024
// characters.
const maxSegment = 300

// fileSafe encodes a job's ID reversibly as one path segment. It replaces the
// end of a long ID by a hash.
func fileSafe(id string) string {
	safe := url.QueryEscape(id)
	if len(safe) <= maxSegment {
		return safe
	}
	sum := sha256.Sum256([]byte(id))
	tail := "-" + hex.EncodeToString(sum[:16])
	return safe[:maxSegment-len(tail)] + tail
}

func holdName(instance, point, job string) string {
	return pointPrefix(instance, point) + holdPrefix + fileSafe(job) + ".json"
}

func jobName(ended time.Time, job, run string) string {
	return fmt.Sprintf("%s%s/%s-%s.json", jobsRoot, ended.UTC().Format("2006/01"), fileSafe(job), ShortID(run))
}
