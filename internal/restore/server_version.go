package restore

import (
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
)

const (
	// statisticsMajor is the first major version that can restore statistics.
	statisticsMajor = 18
	// strictMajor is the first major version without the encoding MULE_INTERNAL
	// and without line breaks in database names.
	strictMajor = 19
)

// fits returns an error if the server's version does not support something to
// be restored.
func (j Job) fits(major int) error {
	switch {
	case j.Statistics && major < statisticsMajor:
		return failure.New(failure.TargetNotSupported, "leave out the statistics (target.statistics, --statistics), and run ANALYZE after the restore",
			"server %s has version %d, and statistics can be restored from version %d on", j.Account.Server.Host, major, statisticsMajor)
	case j.Statistics && j.ToolMajor < statisticsMajor:
		return failure.New(failure.TargetNotSupported, "leave out the statistics (target.statistics, --statistics), and run ANALYZE after the restore",
			"the dump is of pg_dump %d, and statistics are in dumps from version %d on, where dump.statistics asks for them", j.ToolMajor, statisticsMajor)
	case major >= strictMajor && j.Facts.Encoding == "MULE_INTERNAL":
		return failure.New(failure.TargetNotSupported, "restore to a server of version 18 or lower, and convert the database there, or restore its files",
			"server %s has version %d, and no version from 19 on has the backup's encoding MULE_INTERNAL", j.Account.Server.Host, major)
	case major >= strictMajor && strings.ContainsAny(j.Account.Database, "\r\n"):
		return failure.New(failure.TargetNotSupported, "restore under a name without line breaks",
			"server %s has version %d, and from version 19 on no database has a line break in its name, as %q has", j.Account.Server.Host, major, j.Account.Database)
	}
	return nil
}
