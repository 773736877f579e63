package fingerprint_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

func TestSettingsAreSetAsTheyAreRecorded(t *testing.T) {
	t.Parallel()
	all := fingerprint.SettingsOf([]fingerprint.Setting{{Name: "TimeZone", Value: "Isle of 'Man'"}}, "LATIN1", "off")
	require.Equal(t, []fingerprint.Setting{
		{Name: "client_encoding", Value: "LATIN1"}, {Name: "DateStyle", Value: "ISO"}, {Name: "extra_float_digits", Value: "3"},
		{Name: "IntervalStyle", Value: "postgres"}, {Name: "quote_all_identifiers", Value: "on"}, {Name: "search_path"},
		{Name: "standard_conforming_strings", Value: "off"},
		{Name: "TimeZone", Value: "Isle of 'Man'"},
	}, all)
	sql, err := fingerprint.SettingsSQL([]fingerprint.Setting{all[5], all[7]})
	require.NoError(t, err)
	require.Equal(t, "SELECT pg_catalog.set_config(s.name, s.value, false) FROM (VALUES ('search_path', ''), ('TimeZone', 'Isle of ''Man''')) AS s (name, value)", sql)
	sql, err = fingerprint.SettingsSQL(nil)
	require.NoError(t, err)
	require.Empty(t, sql)
}

func TestAFileSetsNoOtherSetting(t *testing.T) {
	t.Parallel()
	_, err := fingerprint.SettingsSQL([]fingerprint.Setting{{Name: "TimeZone"}, {Name: "session_authorization", Value: "postgres"}})
	require.ErrorIs(t, err, fingerprint.ErrDamaged)
	require.ErrorContains(t, err, "session_authorization")
}
