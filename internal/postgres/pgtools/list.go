package pgtools

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
)

// maxList bounds the printed table of contents, in bytes: about a million
// entries.
const maxList = 256 << 20

// List returns the table of contents of an archive, read by pg_restore. It
// connects to no server and reads only the archive's beginning.
func List(ctx context.Context, tool Installation, archive io.Reader) (TOC, error) {
	child, err := Start(ctx, Command{Path: tool.Path(Restore), Args: ListArgs(), Target: nowhere(), Stdin: archive})
	if err != nil {
		return TOC{}, err
	}
	var list bytes.Buffer
	_, readErr := io.Copy(&list, io.LimitReader(child.Stdout(), maxList))
	if _, err := child.Wait(); err != nil {
		return TOC{}, err
	}
	if readErr != nil {
		return TOC{}, fmt.Errorf("read the table of contents: %w", readErr)
	}
	return ParseTOC(list.Bytes())
}

// nowhere returns a target for a program that does not connect.
func nowhere() postgres.Target {
	return postgres.Target{
		TLS:      postgres.TLS{Mode: postgres.Disable},
		Password: func(context.Context) (secret.String, error) { return secret.String{}, nil },
	}
}
