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

// TaskArgument makes the program run one [task] from its standard input.
const TaskArgument = "task"

// task is a task that is measured in a process of its own.
type task struct {
	Kind string
	// The database; PGPASSWORD has its password.
	Host, User, Database, Published string
	Port                            int
	// The storage.
	Container, Blob string
	Tools           string
	Connections     int
	Algorithm       string
	Level           int
	// Compress is pg_dump's argument.
	Compress string
	// Stored is the dump to restore.
	Stored stored
	Wanted selection.Request
	// Parts are the parts that the floor copies.
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
	// List is the blob of the block list of a dump by pgvault.
	List string
}

// outcome is the report of a task.
type outcome struct {
	Seconds float64
	Stored  stored
	// Read is the number of bytes requested from the storage, and PeakKiB the
	// process's peak memory.
	Read, PeakKiB int64
	// CPU has the processor time of the task and of others meanwhile.
	CPU cpu
}

// run runs a task in a process of its own.
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
