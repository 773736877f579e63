package activities

import (
	"context"

	"go.temporal.io/sdk/activity"
)

// adopted returns the dump that an earlier attempt of this run has signed, if it
// was committed whole.
func (b *Backup) adopted(ctx context.Context, plan BackupPlan) (d DumpResult, found bool, err error) {
	info := activity.GetInfo(ctx)
	if info.Attempt == 1 {
		return DumpResult{}, false, nil
	}
	signed, err := b.Vault.FindDumpStatements(ctx, plan.Instance.Name, plan.Point, info.WorkflowExecution.RunID)
	if err != nil {
		return DumpResult{}, false, err
	}
	for _, s := range signed {
		found, err := b.Vault.FindStored(ctx, s.Dump)
		if found || err != nil {
			return DumpResult{Statement: s.Ref, Blob: s.Dump.Dump.Blob, Size: s.Dump.Dump.Size, Warnings: s.Dump.Warnings}, found, err
		}
	}
	return DumpResult{}, false, nil
}
