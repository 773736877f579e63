package cli

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// applyChange is one change of apply.
type applyChange struct {
	// Kind is the kind of what changes.
	Kind changeKind
	Name string
	// Change is created, updated, paused, resumed, removed or registered.
	Change temporalx.ChangeKind
	// Detail names the fields that change, or says why.
	Detail string
}

// changeKind is the kind of a thing that apply changes.
type changeKind string

const (
	kindVault     changeKind = "vault"
	kindPolicy    changeKind = "policy"
	kindInstance  changeKind = "instance"
	kindAttribute changeKind = "search attribute"
	kindSchedule  changeKind = "schedule"
)

// registered is the change of a search attribute.
const registered temporalx.ChangeKind = "registered"

// applied returns the document of the changes.
func (r *applyRun) applied() *document.Applied {
	answer := &document.Applied{DryRun: r.options.dryRun, Vault: r.file.Vault.Container}
	for _, c := range r.changes {
		answer.Changes = append(answer.Changes, document.ChangeOf(string(c.Kind), c.Name, string(c.Change), c.Detail))
	}
	return answer
}

// text returns the change as a line. The mood is "" for a change that was made and
// "would be " for one that was not.
func (c applyChange) text(mood string) string {
	name := string(c.Kind) + " " + c.Name
	if c.Kind == kindVault {
		name += ": settings"
	} else {
		name += ":"
	}
	switch {
	case c.Detail == "":
		return fmt.Sprintf("%s %s%s", name, mood, c.Change)
	case c.Kind == kindSchedule && c.Change != temporalx.Updated:
		return fmt.Sprintf("%s %s%s, since %s", name, mood, c.Change, c.Detail)
	}
	return fmt.Sprintf("%s %s%s (%s)", name, mood, c.Change, c.Detail)
}

// scheduleChange returns a schedule's change with its reason.
func scheduleChange(c temporalx.Change) applyChange {
	change := applyChange{Kind: kindSchedule, Name: c.Schedule, Change: c.Kind, Detail: c.Detail}
	switch {
	case c.Kind == temporalx.Removed && c.Schedule == jobs.ScrubSchedule:
		change.Detail = "the file has no vault.scrub any more"
	case c.Kind == temporalx.Removed:
		change.Detail = "the file has no such schedule any more"
	case c.Kind == temporalx.Paused && c.Detail == "":
		change.Detail = "it is not in the file any more; its recovery points stay"
	}
	return change
}
