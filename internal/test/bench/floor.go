package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// part is one of several parts of a table.
type part struct {
	Table     string
	Index, Of int
}

// parts divides the tables into as many parts as connections, at least one for
// each table.
func parts(tables []string, connections int) (all []part) {
	of := max(1, connections/len(tables))
	for _, table := range tables {
		for i := range of {
			all = append(all, part{table, i, of})
		}
	}
	return all
}

// floor measures the least time that a dump can take: for each connection a
// psql copies its share of all rows to nowhere, concurrently. The tables are
// divided into page ranges as in a dump, so that all processors are busy to the
// end.
func (r *runner) floor(ctx context.Context, s Shape, database string) (outcome, error) {
	if err := r.settle(ctx); err != nil {
		return outcome{}, err
	}
	return r.measured(ctx, task{Kind: "floor", Database: database, Container: r.discard.url, Parts: parts(s.tables, r.Connections)})
}

func floorTask(ctx context.Context, t task, _ *blobstore.Container) (outcome, error) {
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range t.Parts {
		group.Go(func() error { return t.copyPart(ctx, p) })
	}
	return outcome{}, group.Wait()
}

// copyPart copies a part to nowhere.
func (t task) copyPart(ctx context.Context, p part) error {
	script := fmt.Sprintf(`SELECT pg_relation_size('%s') / 8192 * %d / %d AS begin, pg_relation_size('%s') / 8192 * %d / %d AS "end" \gset
COPY (SELECT * FROM %s WHERE ctid >= '(:begin,0)' AND ctid < '(:end,0)') TO STDOUT;`, p.Table, p.Index, p.Of, p.Table, p.Index+1, p.Of, p.Table)
	// psql substitutes its variables outside of quotes only.
	script = strings.NewReplacer("'(:begin,0)'", "('(' || :begin || ',0)')::tid", "'(:end,0)'", "('(' || :end || ',0)')::tid").Replace(script)
	cmd := t.program(ctx, "psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
	cmd.Stdin = strings.NewReader(script)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
	}
	return nil
}
