package jobs

import (
	"time"
)

// RestoreInput starts a Restore.
type RestoreInput struct {
	Instance string `json:"instance"`
	// Point is a recovery point's ID; empty means the latest restorable point.
	Point  string        `json:"point,omitempty"`
	Target RestoreTarget `json:"target"`
	// Rehydration applies to a dump in the archive tier only.
	Rehydration *Rehydration `json:"rehydration,omitempty"`
}

// Check implements [Input].
func (i RestoreInput) Check() error {
	if err := checkPointOrLatest(i.Instance, i.Point); err != nil {
		return err
	}
	if err := i.HowToRehydrate().Check(); err != nil {
		return err
	}
	return i.Target.Check()
}

// HowToRehydrate returns Rehydration with its defaults.
func (i RestoreInput) HowToRehydrate() Rehydration {
	if i.Rehydration == nil {
		return Rehydration{}.WithDefaults()
	}
	return i.Rehydration.WithDefaults()
}

// RestoreResult is the result of a Restore: a database or files.
type RestoreResult struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	// Database and Server are set after a restore as database.
	Database string `json:"database,omitempty"`
	Server   string `json:"server,omitempty"`
	// RowsOnly reports whether the database existed and got rows only.
	RowsOnly bool `json:"rowsOnly,omitempty"`
	// Tables are the names of the tables that were restored into a database that
	// existed. Nil for another restore.
	Tables []string `json:"tables,omitempty"`
	// Verified is what a restore with target.verify has compared and found equal.
	Verified *Verified `json:"verified,omitempty"`
	// Container and Files are set after a restore as files.
	Container string   `json:"container,omitempty"`
	Files     []string `json:"files,omitempty"`
	// CopyUntil is the time until which the rehydrated copy is kept; absent if
	// none was made.
	CopyUntil time.Time `json:"copyUntil,omitzero"`
	// Ignored lists the harmless errors and the properties that could not be
	// restored, each with its reason.
	Ignored []string `json:"ignored,omitempty"`
	// Notes lists additional objects that were restored with the chosen tables
	// and schemas, and objects that were left out.
	Notes []string `json:"notes,omitempty"`
}
