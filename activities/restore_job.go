package activities

import (
	"context"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// job reads the manifest again in each step: it never changes, and histories
// stay small.
func (r *Restore) job(ctx context.Context, work RestoreWork) (restore.Job, manifest.Manifest, error) {
	m, _, err := r.manifest(ctx, work.Point)
	if err != nil {
		return restore.Job{}, m, err
	}
	if work.Drill != nil {
		job, err := r.drillJob(ctx, *work.Drill, m)
		return job, m, err
	}
	account, err := r.account(ctx, work)
	if err != nil {
		return restore.Job{}, m, err
	}
	request, err := into(work.Target.Into)
	if err != nil {
		return restore.Job{}, m, err
	}
	own, err := unpublished(ctx)
	if err != nil || work.Target.RowsOnly() {
		own = ""
	}
	return restore.Job{
		Account: account, Unpublished: own, Facts: databaseFacts(m.Database),
		SourceMajor: m.Server.Major, ToolMajor: m.Tool.Major,
		Owners: work.Target.Owners.Kept(), Grants: work.Target.Grants.Kept(), Roles: work.Target.Roles,
		KeepFailed: work.Target.KeepFailed, Connections: work.Target.Connections, Statistics: work.Target.Statistics, Wanted: wanted(work.Target),
		Into: request,
	}, m, err
}

// manifest returns the manifest of a point that the job has found, and its signature. A
// point whose signature is gone since then is refused: the job has said that it is signed.
func (r *Restore) manifest(ctx context.Context, p PointRef) (manifest.Manifest, vault.Signature, error) {
	m, signature, err := r.Vault.CheckedManifest(ctx, p.Instance, p.Point)
	if err == nil && p.Signed && signature.KeyID == "" {
		err = failure.New(failure.SignatureInvalid, "restore another recovery point, or start the job again, which then says that the point is not signed",
			"recovery point %s of %s was signed when the job found it, and is not any more", p.Point, p.Instance)
	}
	return m, signature, err
}

// dump returns the point's archive, which is read on demand.
func (r *Restore) dump(m manifest.Manifest, from vault.Source) restore.Dump {
	stored := r.Vault.Dump(m, from)
	return restore.Dump{
		Name: "dump of recovery point " + m.PointID + " of " + m.Instance,
		Size: m.Dump.Size, TOCSize: m.Dump.TOCSize, Pieces: m.Dump.Pieces,
		Open: stored.OpenRange,
	}
}

// account returns the target's account, or the instance's if the target is the
// instance's own server.
func (r *Restore) account(ctx context.Context, work RestoreWork) (signin.Account, error) {
	account := signin.Account{Server: work.Target.Server.WithDefaults(), Database: work.Target.Database}
	instance, err := r.Vault.GetInstance(ctx, work.Point.Instance)
	if err != nil {
		return account, err
	}
	account.InstanceHost = instance.Server.Host
	if work.Target.SignIn != nil {
		account.SignIn = *work.Target.SignIn
		return account, nil
	}
	if !sameServer(instance.Server, account.Server) {
		return account, failure.New(failure.InvalidInput,
			"give target.signIn (on the command line: --secret URL, or --entra-user NAME)",
			"there is no sign-in for server %s, which is not the server of instance %s", account.Server.Host, instance.Name)
	}
	account.Server, account.SignIn = instance.Server, instance.SignIn
	return account, nil
}

func sameServer(a, b instance.Server) bool {
	return strings.EqualFold(a.Host, b.Host) && a.Port == b.Port
}

// wanted returns the selection of a target.
func wanted(t jobs.RestoreTarget) selection.Request {
	return selection.Request{Tables: t.Tables, Schemas: t.Schemas, Content: selection.Content(t.Content), WithChildren: t.WithChildren}
}
