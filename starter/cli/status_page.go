package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/pgvault/pgvault/internal/estate/page"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// statusPage writes the status as HTML to a file, or to standard output for "-".
func (a *App) statusPage(ctx context.Context, instances []string, file, vaultURL string) error {
	ui, err := temporalx.ParseUI(a.Getenv(temporalx.UIVariable))
	if err != nil {
		return err
	}
	shown, err := a.estate(ctx, instances, vaultURL)
	if err != nil {
		return err
	}
	var html bytes.Buffer
	if err := page.Write(&html, shown, page.Options{UI: string(ui), Namespace: temporalx.Namespace()}); err != nil {
		return err
	}
	if file == "-" {
		_, err = a.Out.Write(html.Bytes())
	} else {
		err = os.WriteFile(file, html.Bytes(), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	if err := a.answers(document.StatusOf(shown), func() error { return nil }); err != nil {
		return err
	}
	return verdict(shown)
}
