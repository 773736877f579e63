package jobs

import "time"

// BackupInput starts a Backup.
type BackupInput struct {
	// Instance is the backup instance's name, such as "shop/orders".
	Instance string `json:"instance"`
	// RetentionRule names a rule of the instance's policy. If it is empty, a backup
	// on demand has the rule "Default", and the policy decides for a scheduled one.
	RetentionRule string `json:"retentionRule,omitempty"`
}

// Check implements [Input].
func (i BackupInput) Check() error { return CheckInstance(i.Instance) }

// BackupRunInput starts a BackupRun, the child of a Backup.
type BackupRunInput struct {
	Instance      string    `json:"instance"`
	RetentionRule string    `json:"retentionRule,omitempty"`
	Scheduled     time.Time `json:"scheduled"`
	Job           Ref       `json:"job"`
	Trigger       Trigger   `json:"trigger"`
}

// BackupResult is the result of a Backup.
type BackupResult struct {
	Instance string `json:"instance"`
	// DoneBy is the job of another schedule that makes the backup, since both
	// schedules have the same time. The other fields are then empty.
	DoneBy string `json:"doneBy,omitempty"`
	Point  string `json:"point,omitempty"`
	Dump   string `json:"dump,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	// Rule is the retention rule of the point.
	Rule string `json:"rule,omitempty"`
	// ArchiveAt is the time at which the dump moves to the archive tier; absent
	// if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	Expires   time.Time `json:"expires,omitzero"`
	Warnings  []string  `json:"warnings,omitempty"`
}
