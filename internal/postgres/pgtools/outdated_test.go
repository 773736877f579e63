package pgtools_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

func TestOutdated(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"14.18": "14.19", "14.19": "", "15.13": "15.14", "15.14": "", "15.9": "15.14", "16.10": "", "16.9": "16.10",
		"17.5": "17.6", "17.6": "", "17beta1": "17.6", "17rc1": "17.6", "18.0": "", "18.1": "", "19beta2": "", "12.1": "",
	} {
		major := int(version[0]-'0')*10 + int(version[1]-'0')
		needed, old := pgtools.Installation{Major: major, Version: version}.Outdated()
		require.Equal(t, want, needed, version)
		require.Equal(t, want != "", old, version)
	}
}
