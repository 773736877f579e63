package bench

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// floor is the least that a dump can take: as many psql as it has connections
// copy all rows to nowhere, side by side. The tables are cut as the dump cuts
// them, so that all four are busy to the end.
func (b *bed) floor(ctx context.Context, s Shape, database string) (seconds float64, err error) {
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for _, part := range s.floor {
		var table string
		var index, of int
		if _, err := fmt.Sscan(part, &table, &index, &of); err != nil {
			return 0, fmt.Errorf("read %q: %w", part, err)
		}
		group.Go(func() error { return b.copyPart(ctx, database, table, index, of) })
	}
	err = group.Wait()
	seconds = time.Since(began).Seconds()
	fmt.Fprintf(b.log, "  %-22s %-16s %7.2f s\n", "floor", database, seconds)
	return seconds, err
}

// copyPart copies one of so many parts of a table.
func (b *bed) copyPart(ctx context.Context, database, table string, index, of int) error {
	script := fmt.Sprintf(`SELECT pg_relation_size('%s') / 8192 * %d / %d AS begin, pg_relation_size('%s') / 8192 * %d / %d AS "end" \gset
COPY (SELECT * FROM %s WHERE ctid >= '(:begin,0)' AND ctid < '(:end,0)') TO STDOUT;`, table, index, of, table, index+1, of, table)
	// psql fills in its variables outside of quotes only.
	script = strings.NewReplacer("'(:begin,0)'", "('(' || :begin || ',0)')::tid", "'(:end,0)'", "('(' || :end || ',0)')::tid").Replace(script)
	cmd := exec.CommandContext(ctx, filepath.Join(b.tools, "psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
	cmd.Env, cmd.Stdin = b.variables(database, b.postgres.Port), strings.NewReader(script)
	return quietly(cmd)
}
