package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"github.com/pgvault/pgvault/internal/restore/selection"
)

// TaskArgument makes the program do one [task] of its standard input.
const TaskArgument = "task"

// task is what a process of its own does and is measured by.
type task struct {
	Kind string
	// The database; its password comes by PGPASSWORD.
	Host, User, Database, Published string
	Port                            int
	// The storage.
	Container, Blob string
	Tools           string
	Connections     int
	Algorithm       string
	Level           int
	// Compress is pg_dump's own argument.
	Compress string
	// Stored is what to restore.
	Stored stored
	Wanted selection.Request
	// Parts are what the floor copies.
	Parts []part
	// Program with its Args is pgBackRest.
	Program string
	Args    []string
	// Profile is a file for a CPU profile; none if empty.
	Profile string
}

// stored is a dump in the storage.
type stored struct {
	Container string
	Blob      string
	ETag      string
	Size      int64
	TOCSize   int64
	Pieces    map[int][]int64
	// List is the blob with the block list, of a dump of pgvault's.
	List string
}

// outcome is what a task reports.
type outcome struct {
	Seconds float64
	Stored  stored
	// Read is how many bytes were asked of the storage, and PeakKiB what the
	// process took of memory at its peak.
	Read, PeakKiB int64
	// CPU is what the whole process took, and others meanwhile.
	CPU cpu
}

// run has a task done by a process of its own.
func (b *bed) run(ctx context.Context, t task) (outcome, error) {
	t.Host, t.User, t.Tools = b.postgres.Host, b.postgres.Superuser, b.tools
	if t.Port == 0 {
		t.Port = b.postgres.Port
	}
	input, err := json.Marshal(t)
	if err != nil {
		return outcome{}, fmt.Errorf("encode a task: %w", err)
	}
	program, err := os.Executable()
	if err != nil {
		return outcome{}, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, program, TaskArgument)
	cmd.Env = b.variables(t.Database, t.Port)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &errs
	before, err := b.taken()
	if err != nil {
		return outcome{}, err
	}
	if err := cmd.Run(); err != nil {
		return outcome{}, fmt.Errorf("%s of %s: %w\n%s", t.Kind, t.Database, err, errs.Bytes())
	}
	var o outcome
	if err := json.Unmarshal(out.Bytes(), &o); err != nil {
		return outcome{}, fmt.Errorf("read the outcome of %s: %w", t.Kind, err)
	}
	after, err := b.taken()
	if err != nil {
		return outcome{}, err
	}
	o.CPU = after.since(before, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	b.report(t, o)
	return o, nil
}

func (b *bed) report(t task, o outcome) {
	line := fmt.Sprintf("  %-18s %-20s %7.2f s", t.Kind+" "+t.Algorithm+t.Compress, t.Database, o.Seconds)
	if o.Stored.Size > 0 {
		line += fmt.Sprintf(", %.1f MiB stored", float64(o.Stored.Size)/(1<<20))
	}
	fmt.Fprintf(b.log, "%s, peak %d MiB; %s\n", line, o.PeakKiB>>10, o.CPU)
}
