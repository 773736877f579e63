package jobs

// Names of steps, which are activity types.
const (
	StepPlan               = "Plan"
	StepFetchSecret        = "FetchSecret"
	StepValidate           = "Validate"
	StepDump               = "Dump"
	StepDumpRoles          = "DumpRoles"
	StepVerify             = "Verify"
	StepCommit             = "Commit"
	StepLockPoint          = "LockPoint"
	StepLockProof          = "LockProof"
	StepDiscardAttempt     = "DiscardAttempt"
	StepFindPoint          = "FindPoint"
	StepHold               = "Hold"
	StepReleaseHold        = "ReleaseHold"
	StepRehydrate          = "Rehydrate"
	StepCancelRehydration  = "CancelRehydration"
	StepCheckTarget        = "CheckTarget"
	StepRestoreRoles       = "RestoreRoles"
	StepRestoreDatabase    = "RestoreDatabase"
	StepCompareRestored    = "CompareRestored"
	StepPublishDatabase    = "PublishDatabase"
	StepMoveTables         = "MoveTables"
	StepCheckKeys          = "CheckKeys"
	StepDropTarget         = "DropTarget"
	StepCopyFiles          = "CopyFiles"
	StepVerifyPoint        = "VerifyPoint"
	StepRecordJob          = "RecordJob"
	StepPlanDrill          = "PlanDrill"
	StepFindDrillPoint     = "FindDrillPoint"
	StepCompareRows        = "CompareRows"
	StepCompareDefinitions = "CompareDefinitions"
	StepRunChecks          = "RunChecks"
	StepAMCheck            = "AMCheck"
	StepDropForsaken       = "DropForsaken"
	StepRecordDrill        = "RecordDrill"
	StepDeliver            = "Deliver"
	StepObserve            = "Observe"
	StepInspect            = "Inspect"
	StepCheckContainer     = "CheckContainer"
	StepPointsToRead       = "PointsToRead"
	StepPlanScrub          = "PlanScrub"
	StepSweepPages         = "SweepPages"
	StepDeletePoint        = "DeletePoint"
	StepUndeletePoint      = "UndeletePoint"
	StepSetProtection      = "SetProtection"
	StepSwitchSchedules    = "SwitchSchedules"
	StepDeleteData         = "DeleteData"
	StepReapply            = "Reapply"
)

// Compensations maps each clean-up step to the step whose work it undoes, which
// a rerun must repeat. Recording the outcome undoes nothing.
func Compensations() map[string]string {
	return map[string]string{
		StepRecordJob:         "",
		StepDiscardAttempt:    StepDump,
		StepReleaseHold:       StepHold,
		StepCancelRehydration: StepRehydrate,
		StepDropTarget:        StepRestoreDatabase,
	}
}
