package activities

import "github.com/pgvault/pgvault/internal/jobs"

// about is an input that names an instance or a point.
type about interface {
	// subject returns the instance and the point; empty if the input names none.
	subject() (instance, point string)
}

// Subject returns the instance and the point that the arguments of an activity
// name, for the worker's log. They are not checked.
func Subject(args []any) (instance, point string) {
	for _, arg := range args {
		switch in := arg.(type) {
		case about:
			return in.subject()
		case jobs.Record:
			return in.Instance, in.Point
		case jobs.NotifyInput:
			return in.Alert.Instance, ""
		}
	}
	return "", ""
}

func (in InstanceRef) subject() (instance, point string)       { return in.Instance, "" }
func (in PlanInput) subject() (instance, point string)         { return in.Instance, "" }
func (plan BackupPlan) subject() (instance, point string)      { return plan.Instance.Name, plan.Point }
func (in VerifyInput) subject() (instance, point string)       { return in.Plan.subject() }
func (in CommitInput) subject() (instance, point string)       { return in.Plan.subject() }
func (in LockInput) subject() (instance, point string)         { return in.Instance, in.Point }
func (in LockProofInput) subject() (instance, point string)    { return in.Instance, "" }
func (in PointChange) subject() (instance, point string)       { return in.Instance, in.Point }
func (in ProtectionChange) subject() (instance, point string)  { return in.Instance, "" }
func (in ReapplyInput) subject() (instance, point string)      { return in.Instance, "" }
func (in FindPointInput) subject() (instance, point string)    { return in.Instance, in.Point }
func (p PointRef) subject() (instance, point string)           { return p.Instance, p.Point }
func (in DrillPointInput) subject() (instance, point string)   { return in.Instance, in.Point }
func (in DrillRecordInput) subject() (instance, point string)  { return in.Work.subject() }
func (in HoldInput) subject() (instance, point string)         { return in.Point.subject() }
func (in RehydrateInput) subject() (instance, point string)    { return in.Point.subject() }
func (work RestoreWork) subject() (instance, point string)     { return work.Point.subject() }
func (in PublishInput) subject() (instance, point string)      { return in.Work.subject() }
func (in IntoWork) subject() (instance, point string)          { return in.Work.subject() }
func (in CopyInput) subject() (instance, point string)         { return in.Point.subject() }
func (in PointsToReadInput) subject() (instance, point string) { return in.Instance, in.Point }
func (in VerifyPointInput) subject() (instance, point string)  { return in.Instance, in.Point }
