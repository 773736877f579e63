package cli

import "context"

// warnOfNoNet says where nothing stands behind pgvault's own soft delete.
func (r *applyRun) warnOfNoNet(ctx context.Context) error {
	net, err := r.vault.SafetyNet(ctx)
	if err != nil {
		return err
	}
	const remedy = "docs/AZURE.md has the command"
	if !net.Versioning {
		r.note("Warning: the storage account keeps no versions of blobs: what others overwrite is lost. %s.", remedy)
	}
	switch {
	case net.SoftDeleteUnseen:
		r.note("Note: it could not be seen whether the storage account has soft delete for blobs; your identity may not look.")
	case net.SoftDeleteDays == 0:
		r.note("Warning: the storage account has no soft delete for blobs: what others delete is lost. %s.", remedy)
	}
	return nil
}
