package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/archive/contents"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// contentsFlags are the flags of pgvault contents.
type contentsFlags struct {
	which    pointFlags
	vaultURL *string
}

func (a *App) contentsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "contents INSTANCE [PATTERN]",
		Short: "List what is in a recovery point",
		Long: `List the schemas, tables, views, functions and large objects in a recovery point,
with the rows of each table and the length of its data in the dump. Only the
table of contents is read. Without --point and --at it is the latest point.

PATTERN is a name with or without its schema, in which * stands for any
characters and ? for one. The names are those that the options --table and
--schema of pgvault restore take.`,
		Example: `  pgvault contents shop/orders
  pgvault contents shop/orders --at '2026-11-26 14:00' 'public.cust*'`,
		Args: cobra.RangeArgs(1, 2),
	}
	var f contentsFlags
	f.which.add(cmd)
	f.vaultURL = vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		pattern := "*"
		if len(args) == 2 {
			pattern = args[1]
		}
		return a.contents(cmd.Context(), args[0], contents.NewPattern(pattern), f)
	}
	return cmd
}

func (a *App) contents(ctx context.Context, name string, pattern contents.Pattern, f contentsFlags) error {
	v, err := a.openVault(*f.vaultURL)
	if err != nil {
		return err
	}
	point, err := f.which.find(ctx, v, name)
	if err != nil {
		return err
	}
	m, err := v.GetManifest(ctx, name, point)
	if err != nil {
		return err
	}
	all, err := readContents(ctx, v, m)
	if err != nil {
		return err
	}
	chosen := pattern.Choose(all)
	if len(chosen) == 0 {
		return usagef("recovery point %s of %s has no such object%s", point, name, pattern.DidYouMean(all))
	}
	return a.answers(document.ContentsOf(name, point, chosen), func() error {
		a.note("Recovery point %s of %s", point, name)
		return a.printContents(chosen)
	})
}

func (a *App) printContents(chosen []contents.Object) error {
	return printTable(a, chosen, []column[contents.Object]{
		{"KIND", func(o contents.Object) string { return o.Kind }},
		{"NAME", contents.Object.Qualified},
		{"ROWS", func(o contents.Object) string { return rowsText(o.Rows) }},
		{"SIZE", func(o contents.Object) string { return sizeText(o.Bytes) }},
	})
}

// readContents reads the table of contents and the numbers of rows of a point.
func readContents(ctx context.Context, v *vault.Vault, m manifest.Manifest) ([]contents.Object, error) {
	toc, err := readTOC(ctx, v, m)
	if err != nil {
		return nil, err
	}
	counted, err := readCounts(ctx, v, m)
	if err != nil {
		return nil, err
	}
	return contents.List(toc, m.Dump.Size, counted), nil
}

// readTOC reads the table of contents of a point.
func readTOC(ctx context.Context, v *vault.Vault, m manifest.Manifest) (*archive.TOC, error) {
	head, err := v.Dump(m, vault.Source{}).OpenRange(ctx, 0, m.Dump.TOCSize)
	if err != nil {
		return nil, err
	}
	defer head.Close()
	toc, err := archive.ReadTOC(bufio.NewReader(head))
	if err != nil {
		return nil, fmt.Errorf("read the table of contents of recovery point %s: %w", m.PointID, err)
	}
	return toc, nil
}

// readCounts reads the fingerprints of a point; none if it has none.
func readCounts(ctx context.Context, v *vault.Vault, m manifest.Manifest) (fingerprint.File, error) {
	if !m.Fingerprints.Known() {
		return fingerprint.File{}, nil
	}
	stored, err := v.OpenFingerprints(ctx, m)
	if err != nil {
		return fingerprint.File{}, err
	}
	defer stored.Close()
	f, err := fingerprint.Decode(stored, func(int64) error { return nil })
	if err != nil {
		return f, fmt.Errorf("read the fingerprints of recovery point %s: %w", m.PointID, err)
	}
	// Only the end of the file says whether it is the one that was stored.
	_, err = io.Copy(io.Discard, stored)
	return f, err
}

func rowsText(rows *int64) string {
	if rows == nil {
		return ""
	}
	return strconv.FormatInt(*rows, 10)
}

func sizeText(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return progress.Size(bytes)
}
