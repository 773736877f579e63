package cli

import (
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// maxDropped is the share of the running schedules of backups that apply drops
// without --prune, as one of so many. One alone may always go, unless it is the
// only one.
const maxDropped = 10

// checkDropped returns an error if a plan would stop all backups or many.
func checkDropped(p *temporalx.Plan) error {
	dropped, running := len(p.Dropped), len(p.Running)
	if dropped < running && (dropped <= 1 || dropped*maxDropped <= running) || dropped == 0 {
		return nil
	}
	return &refusedError{failure.New(failure.InvalidConfiguration,
		"to go on backing them up, put them back into the file; if their backups shall end, give --prune; --dry-run shows every change",
		"nothing was changed, since %d of the %s of backups would be paused or removed:\n  %s",
		dropped, counted(running, "running schedule"), strings.Join(p.Dropped, "\n  "))}
}
