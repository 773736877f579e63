package pgtools_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

func TestErrorsOfAFullDisk(t *testing.T) {
	t.Parallel()
	for _, e := range []pgtools.RestoreError{
		{State: "53100", Message: "kein Platz\nCONTEXT:  COPY t, line 7"},
		{State: "53100", Message: "could not write to file\nCONTEXT:  parallel worker"},
		{Message: `could not extend file "base/5/16384": No space left on device` + "\nHINT:  Check free disk space."},
		{Message: `could not extend file "base/5/16384": wrote only 4096 of 8192 bytes at block 3072`},
		{Message: `could not write to file "base/pgsql_tmp/pgsql_tmp1.0.fileset/0.0": No space left on device`},
	} {
		require.True(t, e.DiskFull(), "%+v", e)
	}
	for _, e := range []pgtools.RestoreError{
		{State: "53200", Message: "out of memory"},
		{State: "53100", Message: "full\nCONTEXT:  PL/pgSQL function public.room(integer) line 2 at RAISE\nCOPY t, line 1"},
		{State: "53100", Message: "full\nCONTEXT:  SQL statement \"SELECT f()\"\nPL/pgSQL function g() line 1 at PERFORM"},
		{State: "P0001", Message: "could not extend file: No space left on device"},
		{Message: "could not extend file: No space left on device\nCONTEXT:  PL/pgSQL function public.room(integer) line 2 at RAISE"},
		{Message: `could not open file "x": Permission denied`},
	} {
		require.False(t, e.DiskFull(), "%+v", e)
	}
}
