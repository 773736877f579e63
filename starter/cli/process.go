package cli

import (
	"os"
	"time"

	"golang.org/x/term"

	"github.com/pgvault/pgvault/internal/version"
)

// Process returns the App of this process, with its standard streams.
func Process() *App {
	dumb := os.Getenv("TERM") == "dumb"
	a := &App{
		In:  os.Stdin,
		Out: os.Stdout,
		Err: os.Stderr,
		// https://no-color.org
		Colour:  term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "" && !dumb,
		Getenv:  os.Getenv,
		Local:   time.Local,
		Version: version.Read(),
	}
	if term.IsTerminal(int(os.Stderr.Fd())) && !dumb {
		a.Columns = columns
	}
	return a
}

// columns returns the width of the terminal, which may change at any time, or 0 if
// it is unknown.
func columns() int {
	width, _, err := term.GetSize(int(os.Stderr.Fd()))
	if err != nil {
		return 0
	}
	return width
}
