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

// TestABrokenConnectionIsNoDamage has a storage fail with an error that wraps the
// end of a connection. Another attempt may read all of the archive.
func TestABrokenConnectionIsNoDamage(t *testing.T) {
	t.Parallel()
	outage := fmt.Errorf("the storage does not answer: %w", io.ErrUnexpectedEOF)
	_, err := archive.ReadTOC(io.MultiReader(bytes.NewReader([]byte("PGDMP\x01\x0e\x00\x04\x08")), iotest.ErrReader(outage)))
	require.ErrorIs(t, err, outage)
	require.NotErrorIs(t, err, archive.ErrDamaged)
	_, err = archive.ReadTOC(bytes.NewReader([]byte("PGDMP\x01\x0e\x00\x04\x08")))
	require.ErrorIs(t, err, archive.ErrDamaged)
}
