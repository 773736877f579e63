package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/chain"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) proofShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show INSTANCE [NUMBER]",
		Short: "Show the record of a drill",
		Long: `Show what a drill found: which point it restored, where and how long it took,
what it compared, what differs, and what is not proven. Without a number it is the
newest record.`,
		Args: cobra.RangeArgs(1, 2),
	}
	var f proofFlags
	f.add(cmd)
	a.localFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		sequence := 0
		if len(args) == 2 {
			var err error
			if sequence, err = strconv.Atoi(args[1]); err != nil || sequence < 1 {
				return usagef("%q is not the number of a record; `pgvault proof list %s` lists them", args[1], args[0])
			}
		}
		return a.showProof(cmd.Context(), args[0], sequence, f)
	}
	return cmd
}

func (a *App) showProof(ctx context.Context, instance string, sequence int, f proofFlags) error {
	v, err := a.openPerhapsTrusting(f)
	if err != nil {
		return err
	}
	if _, err := knownInstances(ctx, v, []string{instance}); err != nil {
		return err
	}
	found, err := readProofs(ctx, v, instance)
	if err != nil {
		return err
	}
	for i := len(found.records) - 1; i >= 0; i-- {
		r := found.records[i]
		if sequence != 0 && r.Sequence != sequence {
			continue
		}
		return a.answers(document.ProofRecordOf(r, found.result), func() error { a.printProof(r, found.result); return nil })
	}
	if sequence == 0 {
		return failure.New(failure.RecoveryPointNotFound, "pgvault drill "+instance, "no drill of %s has left a record", instance)
	}
	return failure.New(failure.RecoveryPointNotFound, "`pgvault proof list "+instance+"` lists the records", "there is no record %d of the drills of %s", sequence, instance)
}

func (a *App) printProof(r chain.Record, result chain.Result) {
	line := func(name, format string, args ...any) {
		a.print("%-22s%s", name, printable.Line(fmt.Sprintf(format, args...)))
	}
	line("record", "%d of %s, %s", r.Sequence, r.Instance, a.zone.time(r.RecordedAt))
	line("verdict", "%s", r.Verdict)
	if r.Failure != nil {
		line("failed at", "%s: %s (%s)", r.Failure.Phase, r.Failure.Message, r.Failure.Code)
	}
	line("point", "%s, %s old, %s", r.Point.ID, durationText(r.Point.Age), progress.Size(r.Point.DumpBytes))
	line("manifest", "SHA-256 %s", r.Point.ManifestSHA256)
	line("dump", "SHA-256 %s", r.Point.DumpSHA256)
	line("restored to", "%s, PostgreSQL %s with pg_restore %s, from %s", r.Target.Server, r.Target.ServerVersion, r.Target.ToolVersion, r.Target.SourceVersion)
	for _, p := range r.Phases {
		line("  "+p.Name, "%s, from %s", durationText(p.End.Sub(p.Begin)), a.zone.time(p.Begin))
	}
	line("compared", "%d tables with %d rows, %d sequences, %d large objects, %d definitions",
		r.Compared.Tables, r.Compared.Rows, r.Compared.Sequences, r.Compared.LargeObjects, r.Compared.Definitions)
	for _, c := range r.Checks {
		line("check", "%s: %s", c.Name, strings.TrimSpace(c.Outcome+" "+c.SQLState+" "+c.Reason))
	}
	printAMCheck(r, line)
	for _, d := range r.Compared.Differences {
		line("differs", "%s", d)
	}
	printMore(line, "differs", r.Compared.MoreDifferences)
	for _, text := range r.Compared.NotProven {
		line("not proven", "%s", text)
	}
	printMore(line, "not proven", r.Compared.MoreNotProven)
	if r.Ignored > 0 {
		line("ignored", "%d errors of the restore that lose nothing", r.Ignored)
	}
	if !r.Dropped {
		line("left", "the database %s", r.Left)
	}
	line("by", "%s, run %s, %s %s", r.Job.WorkflowID, r.Job.RunID, r.Job.Trigger, r.Job.Identity)
	line("signed by", "%s", signedBy(r, result))
}

func printAMCheck(r chain.Record, line func(name, format string, args ...any)) {
	if r.AMCheck.Unavailable != "" {
		line("amcheck", "not run: %s", r.AMCheck.Unavailable)
		return
	}
	line("amcheck", "%d indexes and %d tables, %d corrupt %s", r.AMCheck.Indexes, r.AMCheck.Tables, r.AMCheck.Corrupt, strings.Join(r.AMCheck.Names, ", "))
}

func printMore(line func(name, format string, args ...any), name string, n int) {
	if n > 0 {
		line(name, "and %d more", n)
	}
}

// signedBy returns the key that signed a record, with what speaks against the record
// and whether a manifest names it.
func signedBy(r chain.Record, result chain.Result) string {
	text := r.KeyID
	switch {
	case text == "" && len(result.Notes) > 0:
		text = "not checked or not signed"
	case text == "":
		text = "nobody"
	}
	for _, p := range result.Problems {
		if p.Sequence == r.Sequence {
			text += "; " + p.Message
		}
	}
	if r.Sequence > result.Anchored {
		return text + "; no manifest names it yet"
	}
	return text
}
