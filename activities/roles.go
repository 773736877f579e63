package activities

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/vault"
)

// maxRoles bounds the roles file, which is held in memory to be filtered.
const maxRoles = 64 << 20

// RolesResult describes a stored roles file.
type RolesResult struct {
	Blob     string   `json:"blob"`
	Size     int64    `json:"size"`
	SHA256   string   `json:"sha256"`
	Count    int      `json:"count"`
	LeftOut  []string `json:"leftOut,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// DumpRoles stores the server's roles, without passwords and without Azure's
// service roles, under a name of the attempt's own.
func (b *Backup) DumpRoles(ctx context.Context, plan BackupPlan) (RolesResult, error) {
	meter := progress.NewMeter(b.Now, "roles")
	return carry(ctx, &b.works, counted(meter), func(ctx context.Context) (RolesResult, error) {
		result, err := b.dumpRoles(ctx, plan, meter)
		return result, endCause(ctx, err)
	})
}

func (b *Backup) dumpRoles(ctx context.Context, plan BackupPlan, meter *progress.Meter) (RolesResult, error) {
	ctx, stop := progress.Watch(ctx, meter, plan.Instance.Dump.StallTimeout.Std())
	defer stop()
	dumpAll, err := b.dumpAll(ctx, plan)
	if err != nil {
		return RolesResult{}, err
	}
	sql, warnings, err := readRoles(ctx, dumpAll)
	if err != nil {
		return RolesResult{}, err
	}
	kept, count, leftOut := pgtools.FilterServiceRoles(sql)
	name := vault.AttemptNames(plan.Instance.Name, plan.Point, attemptName(ctx)).Roles
	blob, err := b.Container.PutNew(ctx, name, kept, attemptMeta(plan))
	if err != nil {
		return RolesResult{}, fmt.Errorf("store the roles: %w", err)
	}
	sum := sha256.Sum256(kept)
	return RolesResult{
		Blob: blob.Name, Size: blob.Size, SHA256: hex.EncodeToString(sum[:]),
		Count: count, LeftOut: leftOut, Warnings: warnings,
	}, nil
}

// dumpAll looks at the server, and returns the pg_dumpall that fits it. It has
// left the server by then: the role may have one connection only.
func (b *Backup) dumpAll(ctx context.Context, plan BackupPlan) (pgtools.Command, error) {
	session, err := signin.Open(ctx, b.Source, signin.OfInstance(plan.Instance))
	if err != nil {
		return pgtools.Command{}, err
	}
	defer session.Close(ctx)
	server, err := postgres.ReadServer(ctx, session.Conn)
	if err != nil {
		return pgtools.Command{}, postgres.Classify(err, session.Target)
	}
	tool, err := pgtools.Choose(b.Tools, server.Major)
	if err != nil {
		return pgtools.Command{}, err
	}
	role, err := postgres.RoleOfChildren(ctx, session.Conn)
	if err != nil {
		return pgtools.Command{}, err
	}
	direct, err := postgres.Direct(ctx, session.Conn)
	if err != nil {
		return pgtools.Command{}, postgres.Classify(err, session.Target)
	}
	command := pgtools.Command{Path: tool.Path(pgtools.DumpAll), Args: pgtools.AsRole(role), Target: session.Target}
	if direct {
		command.ExtraEnv = pgtools.SessionEnv(server.Major, postgres.QuickTimeout)
	}
	return command, nil
}

// readRoles reads the roles as UTF-8 as far as their names are text.
func readRoles(ctx context.Context, dumpAll pgtools.Command) (sql []byte, warnings []string, err error) {
	stored, warnings, err := runDumpAll(ctx, dumpAll, pgtools.AsStored)
	if err != nil {
		return nil, nil, err
	}
	if text, ok := pgtools.RolesAsText(stored); ok {
		return text, warnings, nil
	}
	seen, warnings, err := runDumpAll(ctx, dumpAll, pgtools.AsSeen)
	if pgtools.NoText(err) {
		return stored, []string{fmt.Sprintf("names of roles are no text of database %q, and are kept as bytes: %v", dumpAll.Target.Database, err)}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return pgtools.MergeRoles(stored, seen), warnings, nil
}

func runDumpAll(ctx context.Context, dumpAll pgtools.Command, encoding string) (sql []byte, warnings []string, err error) {
	dumpAll.Args = append(pgtools.RolesArgs(dumpAll.Target.Database, encoding), dumpAll.Args...)
	child, err := pgtools.Start(ctx, dumpAll)
	if err != nil {
		return nil, nil, fmt.Errorf("start pg_dumpall: %w", err)
	}
	var out bytes.Buffer
	_, readErr := io.Copy(&out, io.LimitReader(child.Stdout(), maxRoles+1))
	if out.Len() > maxRoles {
		child.Stop() // all that it would have to say is that nobody reads any more
		return nil, nil, failure.New(failure.DumpRefused, "drop roles that nobody uses", "the server's roles take more than %s", progress.Size(maxRoles))
	}
	done, err := child.Wait()
	if err != nil {
		return nil, nil, fmt.Errorf("dump the roles: %w", err)
	}
	if readErr != nil {
		return nil, nil, fmt.Errorf("read the roles: %w", readErr)
	}
	return out.Bytes(), done.Warnings, nil
}
