package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/proof/chain"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) proofVerifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [INSTANCE...]",
		Short: "Verify that the records of drills are those that drills wrote",
		Long: `Verify the records of drills of all instances, or of those named: that a key for
evidence has signed each, that each has the hash of the one before, and that the
manifests of recovery points name records that are there. A record that was
removed, changed, moved, inserted or cut off at the end is named.

Records behind the newest one that a manifest names are not anchored: if they
were cut off now, nobody would notice. The next backup anchors them.

Exit status: 0 nothing speaks against the records, 1 something does, 2 wrong
usage. Everything is read with your own sign-in. docs/PROOF.md does the same with
openssl, jq and sha256sum.`,
	}
	var f proofFlags
	f.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.verifyProofs(cmd.Context(), args, f) }
	return cmd
}

func (a *App) verifyProofs(ctx context.Context, instances []string, f proofFlags) error {
	v, err := a.openTrusting(f)
	if err != nil {
		return err
	}
	names, err := knownInstances(ctx, v, instances)
	if err != nil {
		return err
	}
	var results []chain.Result
	answer := &document.ChainsVerified{Whole: true}
	for _, name := range names {
		found, err := v.VerifyProofs(ctx, name, func(chain.Record) {})
		if err != nil {
			return err
		}
		answer.Whole = answer.Whole && found.Whole()
		answer.Chains = append(answer.Chains, document.ChainOf(found))
		results = append(results, found)
	}
	if err := a.answers(answer, func() error { a.printChains(results); return nil }); err != nil {
		return err
	}
	if !answer.Whole {
		return errChecksFailed
	}
	return nil
}

func (a *App) printChains(results []chain.Result) {
	for _, r := range results {
		a.printVerifiedProofs(r)
	}
}

func (a *App) printVerifiedProofs(r chain.Result) {
	state := "whole"
	switch {
	case !r.Whole():
		state = "NOT AS DRILLS WROTE IT"
	case r.Records == 0:
		state = "no drill yet"
	}
	a.print("%s: %s", printable.Line(r.Instance), state)
	if r.Records > 0 {
		a.print("  %d records, %d of them signed; the newest is %d, with the SHA-256 %s", r.Records, r.Signed, r.Head, r.HeadSHA256)
	}
	for _, p := range r.Problems {
		a.print("  %s: %s", p.Kind, printable.Line(p.Message))
	}
	if r.MoreProblems > 0 {
		a.print("  and %d more", r.MoreProblems)
	}
	if n := len(r.Unanchored); n > 0 {
		a.print("  not anchored: %s; the next backup's manifest names the newest record", numbers(r.Unanchored))
	}
	for _, note := range r.Notes {
		a.print("  note: %s", printable.Lines(note))
	}
}

// numbers returns the numbers of records in words.
func numbers(all []int) string {
	first, last := all[0], all[len(all)-1]
	switch {
	case first == last:
		return fmt.Sprintf("record %d", first)
	case last-first == len(all)-1:
		return fmt.Sprintf("records %d to %d", first, last)
	}
	return fmt.Sprintf("%d records from %d to %d", len(all), first, last)
}
