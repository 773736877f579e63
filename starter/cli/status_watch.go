package cli

import (
	"context"
	"errors"
	"io"
	"time"
)

// watchEvery is the time between two looks of `pgvault status --watch`.
const watchEvery = 30 * time.Second

// clearScreen moves a terminal's cursor to the top and clears what is below it.
const clearScreen = "\x1b[H\x1b[J"

// watchStatus shows the status again and again until the command is interrupted. A
// vault that cannot be read for a while does not end it.
func (a *App) watchStatus(ctx context.Context, instances []string, vaultURL string) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		if a.Colour && a.form == table {
			_, _ = io.WriteString(a.paper, clearScreen)
		}
		a.answer = nil
		err := a.status(ctx, instances, vaultURL)
		var usage *usageError
		switch {
		case errors.As(err, &usage):
			return err
		case ctx.Err() != nil:
			return a.endWatch()
		case err != nil && !errors.Is(err, errChecksFailed):
			a.printError(err)
		}
		if a.form == yamlForm {
			a.print("---")
		}
		if err := a.printAnswer(err); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return a.endWatch()
		case <-ticker.C:
		}
	}
}

// endWatch ends the command, whose documents are printed.
func (a *App) endWatch() error {
	a.form = table
	return errInterrupted
}
