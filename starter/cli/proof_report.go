package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/proof/report"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) proofReportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report [INSTANCE...]",
		Short: "Report the drills of a year for an audit",
		Long: `Report the drills of all instances, or of those named: verdicts, times to restore,
spans without a proof, how much of the stored data was read back, and whether the
records are those that drills wrote, each with the controls that it supports (ISO/IEC
27001:2022 A.8.13, SOC 2 A1.3, DORA Art. 12). --html writes a page that needs no
other file, to be read or printed; -o json has every drill.`,
		Example: "  pgvault proof report --since 1y --html report.html",
	}
	since := sinceFlag(cmd, "1y")
	html := cmd.Flags().String("html", "", "write a page to this file, or to standard output for -")
	var f proofFlags
	f.add(cmd)
	a.localFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *html == "-" && a.form != table {
			return errTwoForms
		}
		from, err := since()
		if err != nil {
			return err
		}
		r, err := a.proofReport(cmd.Context(), args, from, f)
		if err != nil {
			return err
		}
		show := func() error { return a.printReport(r) }
		if *html != "" {
			if err := a.writeReport(r, *html); err != nil {
				return err
			}
			show = func() error { return nil }
		}
		return a.answers(document.ReportOf(r), show)
	}
	return cmd
}

func (a *App) proofReport(ctx context.Context, instances []string, since time.Time, f proofFlags) (report.Report, error) {
	r := report.Report{PgvaultVersion: a.Version.Version, Since: since.UTC(), Controls: report.Controls()}
	v, err := a.openPerhapsTrusting(f)
	if err != nil {
		return r, err
	}
	at, err := a.rightTime(ctx, v, time.Now())
	if err != nil {
		return r, err
	}
	r.At, r.Vault, r.Verified = at.UTC(), v.URL(), v.NamesEvidenceKeys()
	if r.VaultID, err = v.ID(ctx); err != nil {
		return r, err
	}
	if r.Scrub, err = scrubbed(ctx, v, at); err != nil {
		return r, err
	}
	names, err := knownInstances(ctx, v, instances)
	if err != nil {
		return r, err
	}
	for _, name := range names {
		found, err := readProofs(ctx, v, name)
		if err != nil {
			return r, err
		}
		keep, err := keepFor(ctx, v, name)
		if err != nil {
			return r, err
		}
		r.Instances = append(r.Instances, report.New(report.Input{Name: name, KeepFor: keep, Records: found.records, Chain: found.result}, r.Since, r.At))
	}
	return r, nil
}

// keepFor returns how long a proof of an instance counts; zero if no drills are
// defined, or the definition cannot be read.
func keepFor(ctx context.Context, v *vault.Vault, name string) (policy.Duration, error) {
	i, err := v.GetInstance(ctx, name)
	if failure.CodeOf(err) == failure.VaultDamaged || err == nil && i.Drill == nil {
		return policy.Duration{}, nil
	}
	if err != nil {
		return policy.Duration{}, err
	}
	return i.Drill.KeepFor, nil
}

// scrubbed returns how much of the vault was read back in time; nil if nothing reads
// it.
func scrubbed(ctx context.Context, v *vault.Vault, at time.Time) (*report.Scrub, error) {
	settings, err := v.GetSettings(ctx)
	if failure.CodeOf(err) == failure.InvalidConfiguration || err == nil && settings.Scrub == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	plan, err := v.PlanScrub(ctx, scrub.Rules{Now: at, Every: settings.Scrub.Every}, scrub.Room{})
	return &report.Scrub{Every: settings.Scrub.Every, Coverage: plan.Coverage}, err
}

func (a *App) writeReport(r report.Report, file string) error {
	var html bytes.Buffer
	err := report.Write(&html, r)
	switch {
	case err != nil:
		return err
	case file == "-":
		_, err = a.Out.Write(html.Bytes())
	default:
		err = os.WriteFile(file, html.Bytes(), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (a *App) printReport(r report.Report) error {
	return printTable(a, r.Instances, []column[report.Instance]{
		{"INSTANCE", func(i report.Instance) string { return i.Name }},
		{"LAST PROOF", func(i report.Instance) string { return a.zone.time(i.LastProof) }},
		{"DRILLS", func(i report.Instance) string { return fmt.Sprint(len(i.Drills)) }},
		{"PROVEN", func(i report.Instance) string { return fmt.Sprint(i.Proven) }},
		{"PARTLY", func(i report.Instance) string { return fmt.Sprint(i.Partly) }},
		{"FAILED", func(i report.Instance) string { return fmt.Sprint(i.Failed) }},
		{"RESTORE", func(i report.Instance) string { return secondsText(i.MedianSeconds) }},
		{"GAPS", func(i report.Instance) string { return fmt.Sprint(len(i.Gaps)) }},
		{"CHAIN", func(i report.Instance) string {
			if i.Chain.Whole() {
				return "whole"
			}
			return "broken"
		}},
	})
}
