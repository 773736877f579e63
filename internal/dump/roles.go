package dump

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
)

// maxRoles bounds the size of the roles file, which is filtered in memory, in
// bytes.
const maxRoles = 64 << 20

// RolesRequest is a request to store the roles of a server.
type RolesRequest struct {
	Account signin.Account
	// Blob is the name of the roles file.
	Blob string
	Meta blobstore.Meta
}

// Roles is a stored roles file.
type Roles struct {
	Blob   blobstore.Blob
	SHA256 string
	// Count is the number of stored roles. LeftOut lists the roles of the
	// managed service, which are not stored.
	Count    int
	LeftOut  []string
	Warnings []string
}

// Roles stores the server's roles, without passwords and without the roles of
// the Azure service. It returns a [failure.DumpRefused] if they exceed 64 MiB.
func (d Dumper) Roles(ctx context.Context, r RolesRequest) (Roles, error) {
	dumpAll, err := d.dumpAll(ctx, r.Account)
	if err != nil {
		return Roles{}, err
	}
	sql, warnings, err := readRoles(ctx, dumpAll)
	if err != nil {
		return Roles{}, err
	}
	kept, count, leftOut := pgtools.FilterServiceRoles(sql)
	blob, err := d.Container.PutNew(ctx, r.Blob, kept, r.Meta)
	if err != nil {
		return Roles{}, fmt.Errorf("store the roles: %w", err)
	}
	sum := sha256.Sum256(kept)
	return Roles{Blob: blob, SHA256: hex.EncodeToString(sum[:]), Count: count, LeftOut: leftOut, Warnings: warnings}, nil
}

// dumpAll connects to choose the pg_dumpall for the server's version. It closes
// its connection, since the role may have only one.
func (d Dumper) dumpAll(ctx context.Context, account signin.Account) (pgtools.Command, error) {
	session, err := signin.Open(ctx, d.Source, account)
	if err != nil {
		return pgtools.Command{}, err
	}
	defer session.Close(ctx)
	server, err := postgres.ReadServer(ctx, session.Conn)
	if err != nil {
		return pgtools.Command{}, postgres.Classify(err, session.Target)
	}
	tool, err := pgtools.Choose(d.Tools, server.Major)
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

// readRoles reads the roles, with names converted to UTF-8 where possible.
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
		child.Stop() // its error would only be that its output is closed
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
