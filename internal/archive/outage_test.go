package archive_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

// A storage that breaks off its answers says so by an error that wraps the end
// of a connection. That is no damage: another attempt may read all of it.
func TestAnOutageIsNoDamage(t *testing.T) {
	t.Parallel()
	outage := fmt.Errorf("the storage does not answer: %w", io.ErrUnexpectedEOF)
	_, err := archive.ReadTOC(io.MultiReader(bytes.NewReader([]byte("PGDMP\x01\x0e\x00\x04\x08")), iotest.ErrReader(outage)))
	require.ErrorIs(t, err, outage)
	require.NotErrorIs(t, err, archive.ErrDamaged)
	_, err = archive.ReadTOC(bytes.NewReader([]byte("PGDMP\x01\x0e\x00\x04\x08")))
	require.ErrorIs(t, err, archive.ErrDamaged)
}
