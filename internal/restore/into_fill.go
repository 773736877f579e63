package restore

import (
	"context"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
)

// fill makes the job's schemas and fills them.
func (n *intoLoading) fill(ctx context.Context) error {
	if err := n.locate(ctx); err != nil {
		return err
	}
	n.meter.Phase("schema")
	if err := n.dropRescue(ctx, n.job); err != nil {
		return err
	}
	if err := n.begin(ctx); err != nil {
		return err
	}
	parts, err := n.parts()
	if err != nil {
		return err
	}
	turns, parts := n.inTurn(parts)
	parts = share(parts, n.connections())
	steps := planSteps(n.redefined.toc, n.makes)
	n.tally = newTally(n.meter, slices.Concat(slices.Concat(turns...), parts))
	agenda := newAgenda(turns, newQueue(runs(parts), n.connections()), planFollowers(n.redefined.toc, n.rowsOf(parts), n.makes))
	n.tally.whole = agenda.loaded
	for _, step := range []struct {
		phase string
		do    func() error
	}{
		{"schema", func() error { return n.define(ctx, steps.before) }},
		{"data", func() error { return n.data(ctx, agenda) }},
		{"compare", func() error { return n.compare(ctx) }},
		{phaseIndexes, func() error { return n.define(ctx, agenda.left(steps.after)) }},
		{"grants", func() error { return n.handOver(ctx, steps.acl) }},
	} {
		n.meter.Phase(step.phase)
		if err := step.do(); err != nil {
			return err
		}
		if n.failed() {
			return nil
		}
	}
	return nil
}

// begin makes the schemas, if the database has the objects that the tables need.
func (n *intoLoading) begin(ctx context.Context) error {
	session, err := n.openInto(ctx, n.job, n.redefined.toc)
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	if err := session.refuseMissing(ctx, n.needs); err != nil {
		return err
	}
	var b strings.Builder
	for _, name := range n.own.names() {
		b.WriteString("CREATE SCHEMA " + name + "; COMMENT ON SCHEMA " + name + " IS " + postgres.QuoteLiteral(loadingComment) + "; ")
	}
	return session.run(ctx, "make the job's schemas", b.String())
}

// rowsOf returns the dump IDs of the rows in the parts, by the dump ID of their
// table in the definitions.
func (n *intoLoading) rowsOf(parts []region) map[int]int {
	tables := map[TableName]int{}
	for i := range n.redefined.toc.Entries {
		if e := &n.redefined.toc.Entries[i]; e.Desc == "TABLE" {
			tables[TableName{e.Namespace, e.Tag}] = e.DumpID
		}
	}
	rows := map[int]int{}
	for _, part := range parts {
		e := part.entry
		if table, ok := tables[TableName{e.Namespace, e.Tag}]; ok && e.Desc == archive.DescTableData && !e.LoadsViaPartitionRoot() {
			rows[table] = e.DumpID
		}
	}
	return rows
}

// define makes entries of the definitions one after another.
func (n *intoLoading) define(ctx context.Context, dumpIDs []int) error {
	if len(dumpIDs) == 0 {
		return nil
	}
	loader, err := n.connect(ctx, n.job.Account, settings)
	if err != nil {
		return err
	}
	defer loader.session.Close(ctx)
	loader.line = loader.sessionLine("restore the definitions", loader.backend)
	defer loader.line.Close()
	for _, id := range dumpIDs {
		e, ok := n.redefined.toc.Find(id)
		if !ok || n.failed() {
			continue
		}
		loader.line.Touch()
		if err := loader.judge(ctx, loader.persist(ctx, asOfDatabase+storedAs(e)+e.Defn), e); err != nil {
			return err
		}
	}
	return nil
}

// storedAs returns the settings by which an entry gets its tablespace and access
// method, as pg_restore makes them.
func storedAs(e *archive.Entry) (statements string) {
	if e.Tablespace != "" {
		statements = "SET LOCAL default_tablespace = " + postgres.QuoteIdent(e.Tablespace) + "; "
	}
	if e.TableAM != "" {
		statements += "SET LOCAL default_table_access_method = " + postgres.QuoteIdent(e.TableAM) + "; "
	}
	return statements
}
