package cli_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/starter/cli"
)

func TestHelp(t *testing.T) {
	t.Parallel()
	names := append(slices.Sorted(maps.Keys(cli.Commands())), "")
	for _, name := range names {
		t.Run("help "+name, func(t *testing.T) {
			t.Parallel()
			args, file := []string{"--help"}, "help.txt"
			if name != "" {
				args, file = append(strings.Fields(name), "--help"), "help-"+strings.ReplaceAll(name, " ", "-")+".txt"
			}
			var c command
			require.Zero(t, c.run(t.Context(), args...))
			require.Empty(t, c.errs.String())
			golden(t, file, c.out.String())
		})
	}
}

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says string
		args []string
	}{
		{`unknown command "bakcup"`, []string{"bakcup"}},
		{"accepts 1 arg(s)", []string{"backup"}},
		{"unknown flag: --wiat", []string{"backup", "a", "--wiat"}},
		{"give the file", []string{"apply"}},
		{"either --to-server", []string{"restore", "a"}},
		{"either --to-server", []string{"restore", "a", "--to-server", "h", "--to-container", "https://a/bcd"}},
		{"give --to-database", []string{"restore", "a", "--to-server", "h"}},
		{`port "x" is not a number`, []string{"restore", "a", "--to-server", "h:x", "--to-database", "d"}},
		{"is not a host", []string{"restore", "a", "--to-server", "h h", "--to-database", "d"}},
		{"neither keep nor omit", []string{"restore", "a", "--to-server", "h", "--to-database", "d", "--owners", "drop"}},
		{"not a TLS mode", []string{"restore", "a", "--to-server", "h", "--to-database", "d", "--tls-mode", "on"}},
		{"only one of --secret", []string{"restore", "a", "--to-server", "h", "--to-database", "d", "--secret", "x", "--entra-user", "u"}},
		{"names a version", []string{"restore", "a", "--to-server", "h", "--to-database", "d", "--secret", "https://v/secrets/n/1"}},
		{"--to-container:", []string{"restore", "a", "--to-container", "https://a/bcd?sig=x"}},
		{"--rehydrate-hold 9d is not between 10d and 30d", []string{"restore", "a", "--to-container", "https://a/bcd", "--rehydrate-hold", "9d"}},
		{"--rehydrate-hold 1m is not between 10d and 30d", []string{"restore", "a", "--to-container", "https://a/bcd", "--rehydrate-hold", "1m"}},
		{"--rehydrate-hold: ", []string{"restore", "a", "--to-container", "https://a/bcd", "--rehydrate-hold", "long"}},
		{`--rehydrate-priority "urgent" is neither`, []string{"restore", "a", "--to-container", "https://a/bcd", "--rehydrate-priority", "urgent"}},
		{`go with --into`, []string{"restore", "a", "--table", "t", "--as", "s.t"}},
		{`go with --into`, []string{"restore", "a", "--to-server", "h", "--to-database", "d", "--allow-publications"}},
		{`only one of --into, --to-database`, []string{"restore", "a", "--table", "t", "--into", "d", "--to-database", "d"}},
		{`only one of --into, --to-database`, []string{"restore", "a", "--table", "t", "--into", "d", "--to-container", "https://a/bcd"}},
		{`go with --to-server`, []string{"restore", "a", "--table", "t", "--into", "d", "--tls-mode", "disable"}},
		{`--into goes with --table`, []string{"restore", "a", "--into", "d"}},
		{`--into goes with --table`, []string{"restore", "a", "--table", "t", "--into", "d", "--schema", "s"}},
		{`only one of --into, which`, []string{"restore", "a", "--table", "t", "--into", "d", "--data-only"}},
		{`do not go with --into`, []string{"restore", "a", "--table", "t", "--into", "d", "--roles"}},
		{`do not go with --into`, []string{"restore", "a", "--table", "t", "--into", "d", "--keep-failed"}},
		{`only one of --as`, []string{"restore", "a", "--table", "t", "--into", "d", "--as", "s.t", "--into-schema", "s"}},
		{`--as goes with one --table`, []string{"restore", "a", "--table", "t", "--into", "d", "--table", "u", "--as", "s.t"}},
		{`--as: `, []string{"restore", "a", "--table", "t", "--into", "d", "--as", "t"}},
		{`--into-schema: `, []string{"restore", "a", "--table", "t", "--into", "d", "--into-schema", "pgvault_rescue_x"}},
		{`only one of --secret`, []string{"restore", "a", "--table", "t", "--into", "d", "--secret", "x", "--entra-user", "u"}},
		{`which vault?`, []string{"restore", "a", "--table", "t", "--into", "d"}},
		{"give only one of --point, --at and --all", []string{"verify", "a", "--point", "p", "--all"}},
		{"accepts 1 arg(s)", []string{"verify"}},
		{"which vault?", []string{"points"}},
		{"the vault:", []string{"points", "--vault", "http://x"}},
		{"--since:", []string{"jobs", "--since", "yesterday"}},
		{"only for --apply", []string{"grants", "a", "--admin-user", "x"}},
		{"give --admin-user", []string{"grants", "a", "--apply"}},
		{"only one of --admin-secret", []string{"grants", "a", "--apply", "--admin-secret", "x", "--admin-entra"}},
		{"give either a workflow ID or --file", []string{"replay"}},
		{"give either a workflow ID or --file", []string{"replay", "id", "--file", "f"}},
		{"accepts 1 arg(s)", []string{"policy", "import"}},
		{"which policy?", []string{"policy", "simulate"}},
		{"which policy?", []string{"policy", "simulate", "-f", "testdata/simulate.yaml", "weekly"}},
		{"which vault?", []string{"policy", "show", "a"}},
		{"give the file", []string{"trust", "init"}},
		{"which vault?", []string{"trust", "check", "-f", "../../docs/pgvault.example.yaml", "a"}},
		{"give the trust file", []string{"trust", "keys", "--key", "https://v/keys/a"}},
		{"is not a key's URL", []string{"trust", "keys", "-f", "trust.yaml", "--key", "https://v/secrets/a"}},
		{"--from: \"soon\" is not a day", []string{"trust", "keys", "-f", "trust.yaml", "--key", "https://v/keys/a", "--from", "soon"}},
		{"are for --key", []string{"trust", "keys", "-f", "trust.yaml", "--evidence"}},
		{"accepts at most 1 arg(s)", []string{"notify", "test", "a", "b"}},
		{"--within: 0s is not", []string{"notify", "test", "--within", "0"}},
		{"which vault?", []string{"notify", "test"}},
		{"--years: 0 is not", []string{"policy", "simulate", "a", "--years", "0"}},
		{"--growth: 2000 is not", []string{"policy", "simulate", "a", "--growth", "2000"}},
		{"--failures: 101 is not", []string{"policy", "simulate", "a", "--failures", "101"}},
		{"is not a day", []string{"policy", "simulate", "a", "--from", "soon"}},
		{`"80" is not a size`, []string{"policy", "simulate", "a", "--size", "80"}},
		{"give one of --retain-forever", []string{"stop", "a", "--retain-forever", "--delete-data"}},
		{`by --confirm, which says ""`, []string{"stop", "a", "--delete-data"}},
		{`by --confirm, which says "b"`, []string{"stop", "a", "--delete-data", "--confirm", "b"}},
		{`"xml" is none of table, json, yaml`, []string{"jobs", "-o", "xml"}},
		{`"xml" is none of table, json, yaml`, []string{"points", "-o", "xml", "--vault", "https://a/bcd"}},
	} {
		var did command
		require.Equal(t, 2, did.run(t.Context(), c.args...), "%s\n%s", c.args, did.errs.String())
		require.Contains(t, did.errs.String(), c.says, "%s", c.args)
		require.Empty(t, did.out.String(), "%s", c.args)
	}
}

// A name from a job's input, a blob or a database is a stranger's.
func TestOutputHasNothingThatATerminalActsOn(t *testing.T) {
	t.Parallel()
	const hostile = "x\x1b]0;owned\x07\u202e\u200b"
	for _, args := range [][]string{
		{hostile}, {"restore", hostile}, {"restore", "a", "--to-server", hostile, "--to-database", "d"},
		{"verify", hostile, "--vault", hostile}, {"policy", "show", "-f", hostile}, {"verify", hostile, "-o", "json"}, {"trust", "check", "-f", hostile},
	} {
		var c command
		require.NotZero(t, c.run(t.Context(), args...))
		require.NotContains(t, c.out.String()+c.errs.String(), "\x1b")
		require.NotContains(t, c.out.String()+c.errs.String(), "\u202e")
		require.NotContains(t, c.out.String()+c.errs.String(), "\u200b")
	}
}
