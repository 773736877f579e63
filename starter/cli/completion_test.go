package cli_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/starter/cli"
)

// completionVault returns a vault with some instances.
func completionVault(t *testing.T) (url string) {
	t.Helper()
	url = localenvtest.Container(t)
	v := vaultOf(t, url)
	for name, policyName := range map[string]string{"shop/orders": "daily", "shop/customers": "daily", "books": "hourly"} {
		_, err := v.PutInstance(t.Context(), instance.Instance{Name: name, Policy: policy.Policy{Name: policyName, Rules: []policy.Rule{{Name: "Default"}, {Name: "Weekly"}}}})
		require.NoError(t, err)
	}
	return url
}

// completed returns what the shell is offered for the last word of a command line, and
// the directive for the shell.
func completed(t *testing.T, url string, words ...string) (offers []string, directive string) {
	t.Helper()
	c := command{env: map[string]string{"PGVAULT_VAULT": url}}
	require.Zero(t, c.run(t.Context(), append([]string{"__complete"}, words...)...), c.errs.String())
	require.Regexp(t, `^Completion ended with directive: \w[\w, ]*\n$`, c.errs.String(), "nothing else")
	lines := strings.Split(strings.TrimSuffix(c.out.String(), "\n"), "\n")
	for _, line := range lines[:len(lines)-1] {
		name, _, _ := strings.Cut(line, "\t")
		offers = append(offers, name)
	}
	return offers, lines[len(lines)-1]
}

// Directives of cobra: no names of files, and those together with the order kept.
const (
	noFiles = ":4"
	ordered = ":36"
	files   = ":0"
)

func TestCompletion(t *testing.T) {
	t.Parallel()
	url := completionVault(t)
	all := []string{"books", "shop/customers", "shop/orders"}
	for _, c := range []struct {
		words     string
		offers    []string
		directive string
	}{
		{"re", []string{"rerun", "restore", "resume"}, noFiles},
		{"policy s", []string{"show", "simulate"}, noFiles},
		{"backup ", all, ordered},
		{"backup shop/", all[1:], ordered},
		{"backup shop/orders ", nil, noFiles},
		{"backup shop/orders --w", []string{"--wait"}, noFiles},
		{"backup shop/orders --retention-rule ", []string{"Default", "Weekly"}, ordered},
		{"status books ", all[1:], ordered},
		{"validate --vault " + url + " shop/c", all[1:2], ordered},
		{"jobs --instance b", all[:1], ordered},
		{"policy show ", append(all[:3:3], "daily", "hourly"), ordered},
		{"stop shop/orders --delete-data --confirm ", nil, noFiles},
		{"drill books --point ", []string{"latest", "oldest", "random"}, ordered},
		{"restore shop/orders --point ", nil, ordered},
		{"restore shop/orders --table ", nil, ordered},
		{"restore shop/orders --owners ", []string{"keep", "omit"}, noFiles},
		{"restore shop/orders --to-server ", nil, noFiles},
		{"points -o ", []string{"table", "json", "yaml"}, noFiles},
		{"apply -f ", nil, files},
		{"policy import ", nil, files},
		{"policy show no-such --vau", []string{"--vault"}, noFiles},
		{"restore no-such --table ", nil, ordered},
	} {
		offers, directive := completed(t, url, strings.Split(c.words, " ")...)
		require.Equal(t, c.offers, offers, "%q", c.words)
		require.Equal(t, c.directive, directive, "%q", c.words)
	}
}

// A command that takes an instance completes it.
func TestEveryInstanceIsCompleted(t *testing.T) {
	t.Parallel()
	takes := 0
	for name, cmd := range cli.Commands() {
		if strings.Contains(cmd.Use, " INSTANCE") || strings.Contains(cmd.Use, "[INSTANCE") || strings.Contains(cmd.Use, "(INSTANCE") {
			takes++
			require.NotNil(t, cmd.ValidArgsFunction, name)
		}
	}
	require.Greater(t, takes, 15)
}

// Names of tables are strangers', and the shell inserts them as they are.
func TestACompletionIsAPlainWord(t *testing.T) {
	t.Parallel()
	names := []string{"a$(id)", "a;b", "a b", "a`id`", "a\x1b[2J", "-rf", "a'b", `s."a,b"`, "~root", "a*", "", "a\nb", "ok.table_1", "größe.日本", "shop/orders-2"}
	require.Equal(t, names[12:], cli.Choose(names, nil, ""))
	require.Equal(t, names[12:13], cli.Choose(names, names[13:], "o"))
}

// The shell waits for a completion, and mixes what it prints into the line.
func TestACompletionWithoutAVaultIsSilent(t *testing.T) {
	t.Parallel()
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // it accepts and never answers
	require.NoError(t, err)
	defer func() { require.NoError(t, deaf.Close()) }()
	for _, url := range []string{"", "no URL", "https://127.0.0.1:1/account/vault", "https://" + deaf.Addr().String() + "/account/vault", localenvtest.Container(t) + "missing"} {
		for _, words := range [][]string{{"backup", ""}, {"restore", "shop/orders", "--table", ""}} {
			offers, directive := completed(t, url, words...)
			require.Empty(t, offers, url)
			require.Equal(t, ordered, directive)
		}
	}
}

// A source that never answers is left.
func TestACompletionIsBounded(t *testing.T) {
	t.Parallel()
	never := make(chan struct{})
	defer close(never)
	require.Empty(t, cli.CompleteWith(t.Context(), localenvtest.Container(t), func() { <-never }))
}

// byBash has a real bash complete a command line, as the Tab key does.
func byBash(t *testing.T, script, line string, environment ...string) []string {
	t.Helper()
	folder := t.TempDir()
	program := filepath.Join(folder, "pgvault")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\n"+asCommand+"=1 exec '"+os.Args[0]+"' \"$@\"\n"), 0o700))
	// The package bash-completion, which has this function, may not be installed.
	const prepared = `
_init_completion() { words=("${COMP_WORDS[@]}") cword=$COMP_CWORD; cur=${words[cword]} prev=${words[cword-1]}; }
source "$SCRIPT"
COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_TYPE=9
read -ra COMP_WORDS <<<"$LINE"
[[ $LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
found=$(complete -p pgvault); found=${found#* -F }
compopt() { :; }
"${found%% *}"
printf '%s\n' "${COMPREPLY[@]}"
`
	command := exec.CommandContext(t.Context(), "bash", "--norc", "-c", prepared)
	command.Env = append(os.Environ(), append(environment, "PATH="+folder+":"+os.Getenv("PATH"), "SCRIPT="+script, "LINE="+line)...)
	var errs strings.Builder
	command.Stderr = &errs
	out, err := command.Output()
	require.NoError(t, err, errs.String())
	require.Empty(t, errs.String())
	return strings.Fields(string(out))
}

func TestBashCompletes(t *testing.T) {
	t.Parallel()
	url := completionVault(t)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		var c command
		require.Zero(t, c.run(t.Context(), "completion", shell), c.errs.String())
		require.Contains(t, c.out.String(), "__complete", shell)
		if shell != "bash" {
			continue
		}
		script := filepath.Join(t.TempDir(), "pgvault.bash")
		require.NoError(t, os.WriteFile(script, []byte(c.out.String()), 0o600))
		require.Equal(t, []string{"status", "stop"}, byBash(t, script, "pgvault st"))
		require.Equal(t, []string{"shop/customers", "shop/orders"}, byBash(t, script, "pgvault restore sh", "PGVAULT_VAULT="+url))
		require.Equal(t, []string{"Weekly"}, byBash(t, script, "pgvault backup books --retention-rule W", "PGVAULT_VAULT="+url))
	}
}
