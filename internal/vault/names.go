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
	manifestName  = "manifest.json"
	dumpPrefix    = "dump-"
	blocksPrefix  = "blocks-"
	rolesPrefix   = "roles-"
	holdPrefix    = "hold-"
	removalName   = "removal.json"
	tombstoneName = "tombstone.json"
	retentionName = "retention.json"
	copyPrefix    = "rehydrated-"
	// A listing comes by the copies before it comes by the state that names one.
	rehydrationName = "rehydration.json"
	// verificationName is the outcome of the point's last read-back.
	verificationName = "verification.json"
	// A listing must come by it before it comes by the instance's points.
	protectionName = "instance-protection.json"
	definitionName = "instance.json"
	pointTime      = "20060102T150405Z"
)

// InstancePrefix is what every blob of an instance begins with.
func InstancePrefix(instance string) string { return instancesRoot + instance + "/" }

func instanceName(instance string) string { return InstancePrefix(instance) + definitionName }

func pointsPrefix(instance string) string { return InstancePrefix(instance) + "points/" }

func pointPrefix(instance, point string) string { return pointsPrefix(instance) + point + "/" }

// PointID makes the ID of a point: its scheduled time, by which IDs sort, and
// the short ID of the run that makes it.
func PointID(scheduled time.Time, run string) string {
	return scheduled.UTC().Format(pointTime) + "-" + ShortID(run)
}

// ShortID is the last eight characters of a run ID. The first ones are no good:
// they are a time, and the same for all runs of a minute.
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

// Names are the blobs of one attempt at a point.
type Names struct{ Dump, Blocks, Roles string }

// AttemptNames returns names that no other attempt has.
func AttemptNames(instance, point, attempt string) Names {
	prefix := pointPrefix(instance, point)
	return Names{
		Dump:   prefix + dumpPrefix + attempt + ".dump",
		Blocks: prefix + blocksPrefix + attempt + ".txt",
		Roles:  prefix + rolesPrefix + attempt + ".sql",
	}
}

// OfAttempt reports whether a blob can be one that an attempt at a point stored.
func OfAttempt(instance, point, blob string) bool {
	return path.Dir(blob)+"/" == pointPrefix(instance, point) && isAttempts(blob)
}

// IsSource reports whether a blob can be what a point's dump is read from: the
// dump, or a rehydrated copy of it.
func IsSource(instance, point, blob string) bool {
	return path.Dir(blob)+"/" == pointPrefix(instance, point) && (isDump(blob) || isCopy(blob))
}

// isAttempts reports whether [AttemptNames] may have given the name.
func isAttempts(name string) bool {
	base := path.Base(name)
	return isDump(name) || strings.HasPrefix(base, blocksPrefix) || strings.HasPrefix(base, rolesPrefix)
}

func isDump(name string) bool { return strings.HasPrefix(path.Base(name), dumpPrefix) }

// maxSegment keeps a name with a job's ID below the 1,024 characters of a blob's.
const maxSegment = 300

// fileSafe makes a job's ID one path segment that can be read back, unless it is
// too long for one: then a hash tells it from others that begin like it.
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
