package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/grants"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
)

// The checks, in the order of their dependencies.
const (
	checkSecret  = "secret"
	checkTrust   = "trust"
	checkNetwork = "network"
	checkSignIn  = "sign-in"
	checkTool    = "tool"
	checkGrants  = "grants"
	checkVault   = "vault"
)

// Checker is what the checks need of the worker.
type Checker struct {
	Source    signin.Source
	Container *blobstore.Container
	Tools     []pgtools.Installation
	// MemoryBudget is what the dump's buffers may take, in bytes.
	MemoryBudget int64
}

// Report is everything that was found.
type Report struct {
	Findings []failure.Finding
	// Role is the database role whose rights the backups have; empty where the sign-in is unknown.
	Role string
	// Grants is nil where the catalogs could not be read.
	Grants *grants.Report
	// Notes are facts that stop no backup.
	Notes []string
}

// Check runs all checks of an instance. prefix is where in the vault the
// instance's backups are written.
func (c Checker) Check(ctx context.Context, instance instance.Instance, prefix string) Report {
	var r Report
	account := signin.OfInstance(instance)
	target, reference, err := signin.Resolve(ctx, c.Source, account)
	r.Role = reference.User
	trusted := failure.CodeOf(err) != failure.NotTrusted
	check := checkSecret
	if !trusted {
		check = checkTrust
	}
	secretKnown := r.Add(check, err)
	r.Notes = append(r.Notes, reference.Notes...)
	if !secretKnown {
		target = postgres.Target{
			Host: instance.Server.Host, Port: instance.Server.Port, Database: instance.Database,
			TLS: postgres.TLS{Mode: instance.Server.TLS.Mode, RootCertificate: instance.Server.TLS.RootCertificate},
		}
	}
	// Of a server that is not trusted, not even the name is looked up.
	networkUp := trusted && r.Add(checkNetwork, postgres.CheckNetwork(ctx, target))
	if secretKnown && networkUp {
		c.checkDatabase(ctx, &r, account, instance.Dump.WithDefaults().Connections)
	}
	r.Add(checkVault, c.Container.CheckWrite(ctx, prefix))
	return r
}

func (c Checker) checkDatabase(ctx context.Context, r *Report, account signin.Account, connections int) {
	session, err := signin.Open(ctx, c.Source, account)
	if !r.Add(checkSignIn, err) {
		return
	}
	defer session.Close(ctx)
	c.checkTool(ctx, r, session)
	c.checkGrants(ctx, r, session.Conn, session.Target)
	c.notePooler(ctx, r, session)
	c.noteMemory(ctx, r, session, connections)
}

func (c Checker) checkTool(ctx context.Context, r *Report, session *signin.Session) {
	server, err := postgres.ReadServer(ctx, session.Conn)
	if !r.Add(checkTool, err) {
		return
	}
	tool, err := pgtools.Choose(c.Tools, server.Major)
	if r.Add(checkTool, err) {
		noteOutdated(r, tool)
	}
	if server.InRecovery {
		r.Notes = append(r.Notes, "the server is a standby: unlogged tables have no data there")
	}
}

// noteOutdated notes that the worker's programs lack fixes against hostile
// servers.
func noteOutdated(r *Report, tool pgtools.Installation) {
	if needed, old := tool.Outdated(); old {
		r.Notes = append(r.Notes, fmt.Sprintf("pg_dump %s in %s lacks the fixes of CVE-2025-8714 and CVE-2025-8715: install %s or newer on the workers", tool.Version, tool.Dir, needed))
	}
}

func (c Checker) checkGrants(ctx context.Context, r *Report, conn *pgx.Conn, target postgres.Target) {
	report, err := grants.Analyze(ctx, conn, target.User)
	if err != nil {
		r.Add(checkGrants, postgres.Classify(err, target))
		return
	}
	r.Grants, r.Role = &report, report.Role
	r.Findings = append(r.Findings, report.Findings()...)
	c.noteUserMappings(ctx, r, conn, target)
}

// noteUserMappings notes what pg_dump omits without a message: the options of
// user mappings that the role may not see, in which the passwords of foreign
// servers stand.
func (c Checker) noteUserMappings(ctx context.Context, r *Report, conn *pgx.Conn, target postgres.Target) {
	rows, err := conn.Query(ctx, `SELECT format('%I for %I', srvname, usename) FROM pg_user_mappings WHERE umoptions IS NULL
		AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) ORDER BY 1 LIMIT 10`)
	var mappings []string
	if err == nil {
		mappings, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		r.Add(checkGrants, postgres.Classify(err, target))
		return
	}
	if len(mappings) > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("user mappings come back without the options that user %q may not see, passwords among them (%s): after a restore, set them with ALTER USER MAPPING",
			r.Role, strings.Join(mappings, ", ")))
	}
}

func (c Checker) notePooler(ctx context.Context, r *Report, session *signin.Session) {
	direct, err := postgres.Direct(ctx, session.Conn)
	if err != nil {
		r.Add(checkSignIn, postgres.Classify(err, session.Target))
		return
	}
	if !direct {
		r.Notes = append(r.Notes, fmt.Sprintf(
			"port %d of the server is a connection pooler's, behind which sessions cannot share a snapshot: dumps go over one connection; name the server's own port (5432 on Azure) for several", session.Target.Port))
	}
}

func (c Checker) noteMemory(ctx context.Context, r *Report, session *signin.Session, connections int) {
	database, err := postgres.ReadDatabase(ctx, session.Conn)
	if err != nil {
		r.Add(checkSignIn, postgres.Classify(err, session.Target))
		return
	}
	if needed := blobstore.NewAssemblyPlan(connections, database.SizeBytes, c.MemoryBudget).MemoryNeeded(); needed > c.MemoryBudget {
		r.Notes = append(r.Notes, fmt.Sprintf(
			"the database has %s: if its dump is about as large, it needs blocks so large that the worker's buffers take %s, above their usual %s",
			progress.Size(database.SizeBytes), progress.Size(needed), progress.Size(c.MemoryBudget)))
	}
}

// Add records an error as a finding, and tells whether there was none.
func (r *Report) Add(check string, err error) bool {
	if err == nil {
		return true
	}
	finding := failure.Finding{Check: check, Code: failure.CodeOf(err), Message: err.Error()}
	var f *failure.Error
	if errors.As(err, &f) {
		finding.Message, finding.Action = f.Summary(), f.Action
	}
	r.Findings = append(r.Findings, finding)
	return false
}

// Err is the error that stops a backup: nil without findings.
func (r Report) Err() error { return failure.FromFindings(r.Findings) }
