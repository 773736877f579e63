package cli_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/starter/cli"
)

// A name makes no line or column of its own.
func TestATableCellIsOneCell(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, cli.PrintTable(&cli.App{Out: &out}, []string{"shop/orders", "x\nshop/forged\tgood\x1b[2J"}))
	require.Equal(t, "NAME\nshop/orders\n"+`x\u000ashop/forged\u0009good\u001b[2J`+"\n", out.String())
}
