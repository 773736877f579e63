package definitions

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/signin"
)

// Comparer holds what a comparison needs from the worker.
type Comparer struct {
	Source signin.Source
	Tools  []pgtools.Installation
	// Memory is shared by all jobs of the worker.
	Memory *memory.Budget
}

// Request is a request to compare the definitions of a restored database.
type Request struct {
	// Account signs in to the restored database.
	Account signin.Account
	// Name names the archive in messages, such as "dump of recovery point ID".
	Name string
	// Archive reads the archive's table of contents within a share of memory, which
	// has [Request.Size] bytes for it at first.
	Archive func(context.Context, *memory.Share) (*archive.TOC, error)
	// Size is the length of the table of contents, in bytes, or 0 if it is unknown.
	Size int64
	// SourceMajor and ToolMajor are the major versions of the dumped server and of
	// its pg_dump.
	SourceMajor, ToolMajor int
	Scope                  Scope
	// Again loads the archive's definitions into a second database, and returns the
	// account for it and a function that drops it.
	Again func(context.Context) (second signin.Account, drop func(context.Context) error, err error)
}

const (
	// tocRoom is the memory for a table of contents of unknown size, in bytes.
	tocRoom = 16 << 20
	// tocCopies is how many tables of contents are in memory: the archive's and those
	// of two databases, each as it was read and with what is compared.
	tocCopies = 3 * 2
	// lockTimeout bounds the wait of pg_dump for a table's lock.
	lockTimeout = 10 * time.Minute
)

// room returns the room for one table of contents.
func (r Request) room(share *memory.Share) archive.Room {
	return archive.Room{Bytes: max(r.Size, tocRoom), More: func(bytes int64) error { return share.Grow(2 * bytes) }}
}

// Compare compares the definitions. An error means that they could not be read, and
// not that they differ.
func (c Comparer) Compare(ctx context.Context, r Request, m *progress.Meter) (compared proof.Compared, err error) {
	m.Phase("compare definitions")
	job := memory.Job{Name: "the comparison of definitions with the " + r.Name, Meter: m}
	err = c.Memory.Run(ctx, job, tocCopies*max(r.Size, tocRoom), func(ctx context.Context, share *memory.Share) (err error) {
		compared, err = c.compare(ctx, r, share)
		return err
	})
	return compared, err
}

func (c Comparer) compare(ctx context.Context, r Request, share *memory.Share) (compared proof.Compared, err error) {
	tool, ok := c.tool(r.ToolMajor)
	if !ok {
		compared.Omit(fmt.Sprintf("definitions: the dump was made by pg_dump %d, and the worker has none of that version", r.ToolMajor))
		return compared, nil
	}
	server, err := c.server(ctx, r.Account)
	if err != nil {
		return compared, err
	}
	if server.Major != r.SourceMajor {
		compared.Omit(fmt.Sprintf("definitions: the dump is of a server of version %d, and the restored database is on one of version %d", r.SourceMajor, server.Major))
		return compared, nil
	}
	dumped, err := r.Archive(ctx, share)
	if err != nil {
		return compared, err
	}
	read := func(account signin.Account) (*archive.TOC, error) {
		return c.contents(ctx, tool, account, server.Major, dumped.Encoding(), r.room(share))
	}
	restored, err := read(r.Account)
	if err != nil {
		return compared, err
	}
	comparison := Compare(dumped, restored, r.Scope)
	if comparison.Unclear() {
		if err := r.settle(ctx, comparison, read); err != nil {
			return compared, err
		}
	}
	compared.Definitions = comparison.Entries
	compared.Differ(comparison.Differences...)
	if !r.Scope.Owners {
		compared.Omit("owners and grants: they were not restored")
	} else if !r.Scope.Grants {
		compared.Omit("grants: they were not restored")
	}
	return compared, nil
}

// settle reads a second database to decide what the texts leave unclear.
func (r Request) settle(ctx context.Context, c *Comparison, read func(signin.Account) (*archive.TOC, error)) (err error) {
	second, drop, err := r.Again(ctx)
	if err != nil {
		return fmt.Errorf("load the definitions into a second database: %w", err)
	}
	defer func() {
		if failed := drop(context.WithoutCancel(ctx)); err == nil && failed != nil {
			err = fmt.Errorf("drop the second database: %w", failed)
		}
	}()
	again, err := read(second)
	if err == nil {
		c.Settle(again)
	}
	return err
}

// tool returns the pg_dump that made the archive. Another version may write the
// same definitions in another way.
func (c Comparer) tool(major int) (pgtools.Installation, bool) {
	at := slices.IndexFunc(c.Tools, func(i pgtools.Installation) bool { return i.Major == major })
	if at < 0 {
		return pgtools.Installation{}, false
	}
	return c.Tools[at], true
}

func (c Comparer) server(ctx context.Context, account signin.Account) (postgres.ServerFacts, error) {
	session, err := signin.Open(ctx, c.Source, account)
	if err != nil {
		return postgres.ServerFacts{}, err
	}
	defer session.Close(ctx)
	return postgres.ReadServer(ctx, session.Conn)
}

// contents returns the table of contents of a dump of a database. pg_dump is
// stopped before it reads any rows.
func (c Comparer) contents(ctx context.Context, tool pgtools.Installation, account signin.Account, serverMajor int, encoding string, room archive.Room) (*archive.TOC, error) {
	session, err := signin.Open(ctx, c.Source, account)
	if err != nil {
		return nil, err
	}
	defer session.Close(ctx)
	role, err := postgres.RoleOfChildren(ctx, session.Conn)
	if err != nil {
		return nil, err
	}
	direct, err := postgres.Direct(ctx, session.Conn)
	if err != nil {
		return nil, postgres.Classify(err, session.Target)
	}
	var env []string
	if direct {
		env = pgtools.SessionEnv(serverMajor, postgres.QuickTimeout)
	}
	child, err := pgtools.Start(ctx, pgtools.Command{
		Path: tool.Path(pgtools.Dump), Target: session.Target, ExtraEnv: env,
		Args: slices.Concat(pgtools.DumpArgs(lockTimeout, encoding), pgtools.AsRole(role), []string{pgtools.CompressArg(tool.Major, "none", 0)}),
	})
	if err != nil {
		return nil, fmt.Errorf("start pg_dump: %w", err)
	}
	toc, err := archive.ReadTOCWithin(bufio.NewReader(child.Stdout()), room)
	if err != nil {
		return nil, fmt.Errorf("read the definitions of database %q: %w", account.Database, cmp.Or(child.Abandon(), err))
	}
	child.Stop()
	return toc, nil
}
