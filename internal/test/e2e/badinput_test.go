package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// refusal is a failure that no other attempt can avoid.
type refusal struct {
	code string
	// names are the texts that the message must contain.
	names []string
	// step is the failing step; empty if no step is reached.
	step string
}

// refused runs a command that starts a job. It requires that the job fails in
// its first attempt, with the code and the object named everywhere. The command does
// not know the vault, in which it would look for an instance or a point itself.
func (w *world) refused(t *testing.T, want refusal, args ...string) {
	t.Helper()
	r := w.pgvaultWith(t, w.withoutVault(), args...)
	require.Equal(t, 1, r.Code, "%s%s", r.Stdout, r.Stderr)
	require.Contains(t, r.Stderr, want.code)
	for _, name := range want.names {
		require.Contains(t, r.Stderr, name)
	}
	id := jobID(t, r)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, w.described(t, id).GetWorkflowExecutionInfo().GetStatus())
	require.Equal(t, want.code, w.attributes(t, id)["PgvaultErrorCode"])
	require.Equal(t, want.code, w.lastCode(t, id))
	var failed []string
	for _, step := range w.steps(t, id) {
		require.EqualValues(t, 1, step.Attempt, "step %s was tried again", step.Name)
		if step.Code != "" && step.Name != "RecordJob" {
			failed = append(failed, step.Name+" "+step.Code)
		}
	}
	require.Equal(t, []string{want.step + " " + want.code}, failed)
	if args[0] == "backup" {
		id = "backup-run/" + args[1]
	}
	require.Regexp(t, `\*\*failed\*\* .*`+want.code, w.card(t, id))
}

// badInput is an instance that cannot be backed up, and the expected failure.
type badInput struct {
	instance instance
	refusal
}

// badInputs create one instance each. All instances are applied together.
var badInputs = map[string]func(*testing.T, *world) badInput{
	"malformed secret": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, "")
		w.env.Azure.KeyVault.SetSecret(i.secretName(), secret.New(canary+"-and-nothing-else"))
		return badInput{i, refusal{"UserErrorSecretValueInUnsupportedFormat", []string{i.Secret, "postgresql://"}, "FetchSecret"}}
	},
	"missing secret": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, "")
		i.Secret += "-not-there"
		return badInput{i, refusal{"UserErrorInvalidSecret", []string{i.Secret}, "FetchSecret"}}
	},
	"disabled secret": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, "")
		w.env.Azure.KeyVault.DisableSecret(i.secretName(), true)
		return badInput{i, refusal{"UserErrorInvalidSecret", []string{i.Secret, "disabled"}, "FetchSecret"}}
	},
	"no role assignment for the secret": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, "")
		w.env.Azure.KeyVault.Deny(i.secretName(), true)
		return badInput{i, refusal{"UserErrorMissingPermissionsOnSecretStore", []string{i.secretName(), "Key Vault Secrets User"}, "FetchSecret"}}
	},
	"wrong password": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, "")
		w.env.Azure.KeyVault.SetSecret(i.secretName(), w.env.Postgres.URI(i.Database, i.user(), password()))
		return badInput{i, refusal{"UserErrorDBUserAuthFailed", []string{i.user(), "localhost"}, "Validate"}}
	},
	"Entra user without its right": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, "")
		// A role that the server does not admit by token.
		i.EntraUser = i.user()
		return badInput{i, refusal{"UserErrorBackupUserAuthFailed", []string{i.user(), "localhost"}, "Validate"}}
	},
	"no such database": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, "")
		i.Database += "_gone"
		return badInput{i, refusal{"UserErrorDBNotFound", []string{i.Database}, "Validate"}}
	},
	"unknown host": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, "")
		w.env.Azure.KeyVault.SetSecret(i.secretName(), secret.New(jsonSecret(t, i.user(), password().Reveal())))
		i.Host = "no-such-server.invalid"
		return badInput{i, refusal{"UserErrorMissingNetworkSecurityPermissions", []string{i.Host}, "Validate"}}
	},
	"expired certificate": func(t *testing.T, w *world) badInput {
		certificate, err := w.env.CA.Expired()
		require.NoError(t, err)
		server := ownServer(t, localenv.PostgresOptions{Certificate: certificate})
		i := w.unprotected(t, "")
		w.env.Azure.KeyVault.SetSecret(i.secretName(), secret.New(jsonSecret(t, i.user(), password().Reveal())))
		i.Port = server.Port
		return badInput{i, refusal{"UserErrorServerCertificateInvalid", []string{"localhost", "expired"}, "Validate"}}
	},
	"missing grant on one table of many": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, `DO $$ BEGIN FOR n IN 1..40 LOOP EXECUTE format('CREATE TABLE "Table %s" (id int)', n); END LOOP; END $$`)
		w.exec(t, i.Database, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+i.user()+`; REVOKE SELECT ON "Table 7" FROM `+i.user())
		return badInput{i, refusal{"UserErrorMissingDBPermissions",
			[]string{`"public"."Table 7"`, `GRANT SELECT ON TABLE "public"."Table 7" TO ` + quote(i.user()) + ";"}, "Validate"}}
	},
	"missing grant on a large object": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, "SELECT lo_from_bytea(4711, 'x')")
		w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
		return badInput{i, refusal{"UserErrorMissingDBPermissions", []string{"GRANT SELECT ON LARGE OBJECT 4711 TO " + quote(i.user()) + ";"}, "Validate"}}
	},
	"row-level security": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, `CREATE TABLE private AS SELECT generate_series(1, 10) AS id;
			ALTER TABLE private ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON private USING (id < 3)`)
		w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
		return badInput{i, refusal{"UserErrorRowLevelSecurity", []string{`"public"."private"`, "ALTER ROLE " + quote(i.user()) + " BYPASSRLS;"}, "Validate"}}
	},
	"secret of another server": func(t *testing.T, w *world) badInput {
		i := w.unprotected(t, "")
		i.Port++
		return badInput{i, refusal{"UserErrorInvalidConfiguration", []string{i.Secret, "localhost"}, "FetchSecret"}}
	},
}

func TestBackupOfBadInput(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	cases, all := map[string]badInput{}, []instance{}
	for name, make := range badInputs {
		cases[name] = make(t, w)
		all = append(all, cases[name].instance)
	}
	ruleless := w.unprotected(t, "")
	w.apply(t, append(all, ruleless)...)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.refused(t, c.refusal, "backup", c.instance.Name, "--wait")
			w.nothingLeft(t, c.instance)
		})
	}
	t.Run("unknown instance", func(t *testing.T) {
		t.Parallel()
		w.refused(t, refusal{"UserErrorBackupInstanceNotFound", []string{"shop/nowhere"}, "Plan"}, "backup", "shop/nowhere", "--wait")
		require.Empty(t, w.blobs(t, "instances/shop/nowhere/"))
	})
	t.Run("unknown retention rule", func(t *testing.T) {
		t.Parallel()
		w.refused(t, refusal{"UserErrorRetentionRuleNotFound", []string{"Yearly", "nightly", "Default"}, "Plan"},
			"backup", ruleless.Name, "--retention-rule", "Yearly", "--wait")
		w.nothingLeft(t, ruleless)
	})
}

// All findings come back at once.
func TestAllFindingsAtOnce(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	proxy, err := localenv.StartProxy(env.Azurite.URL, env.CA)
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	w := newWorldIn(t, env, map[string]string{"PGVAULT_VAULT": proxy.URL + strings.TrimPrefix(env.VaultURL, env.Azurite.URL)})
	w.startWorker(t)
	i := w.unprotected(t, `CREATE SCHEMA hidden; CREATE TABLE hidden.orders (id int); CREATE TABLE private (id int);
		ALTER TABLE private ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON private USING (false); SELECT lo_from_bytea(815, 'x')`)
	w.apply(t, i)
	// Azure's answer without the role assignment; Azurite checks none.
	undo := proxy.Forbid(func(r *http.Request) bool { return r.Method == http.MethodPut })

	found := w.failing(t, "UserErrorMissingDBPermissions", "validate", i.Name)
	for _, text := range []string{
		`"hidden"."orders"`, `GRANT USAGE ON SCHEMA "hidden" TO ` + quote(i.user()), `"public"."private"`, "LARGE OBJECT 815", "UserErrorRowLevelSecurity",
		"UserErrorContainerNotAccessible", "Storage Blob Data Contributor",
	} {
		require.Contains(t, found, text)
	}

	// With everything granted, only the missing role assignment fails the
	// backup.
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user()+"; GRANT SELECT ON LARGE OBJECT 815 TO "+i.user()+"; ALTER ROLE "+i.user()+" BYPASSRLS")
	w.refused(t, refusal{"UserErrorContainerNotAccessible", []string{env.VaultURL[strings.LastIndex(env.VaultURL, "/")+1:], "Storage Blob Data Contributor"}, "Validate"},
		"backup", i.Name, "--wait")
	w.nothingLeft(t, i)
	require.Equal(t, 1, w.pgvault(t, "apply", "-f", filepath.Join(w.dir, "pgvault.yaml")).Code)
	undo()
	w.backup(t, i)
}

// A missing container is named by every command and job.
// A namespace that nobody has made is named, and how to make it, whatever is run.
func TestNamespaceMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.vars["TEMPORAL_NAMESPACE"] = "nowhere"
	file := filepath.Join(w.dir, "pgvault.yaml")
	i := w.unprotected(t, "")
	require.NoError(t, os.WriteFile(file, []byte(w.file(i.yaml())), 0o600))
	for _, args := range [][]string{
		{"apply", "-f", file},
		{"backup", i.Name},
		{"sweep", "--dry-run"},
		{"jobs"},
		{"rerun", "backup/" + i.Name + "/20261124T020000Z"},
		{"replay", "backup/" + i.Name + "/20261124T020000Z"},
		{"stop", i.Name, "--retain-forever"},
		{"validate", i.Name},
	} {
		out := w.failing(t, "UserErrorInvalidConfiguration", args...)
		require.Contains(t, out, `no namespace "nowhere"`, "%q", args)
		require.Contains(t, out, "temporal operator namespace create --namespace nowhere", "%q", args)
	}
	worker := w.beginWorker(t)
	<-worker.done
	require.Contains(t, string(worker.output.Bytes()), `temporal operator namespace create --namespace nowhere`)
	w.vars["TEMPORAL_NAMESPACE"] = w.namespace
}

func TestContainerMissing(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	env.VaultURL += "-gone"
	container := env.VaultURL[strings.LastIndex(env.VaultURL, "/")+1:]
	w := newWorldIn(t, env, nil)
	w.startWorker(t)
	i := w.unprotected(t, "")
	path := filepath.Join(w.dir, "pgvault.yaml")
	require.NoError(t, os.WriteFile(path, []byte(w.file(i.yaml())), 0o600))
	require.Contains(t, w.failing(t, "UserErrorContainerNotAccessible", "apply", "-f", path), container)
	require.Contains(t, w.failing(t, "UserErrorContainerNotAccessible", "points"), container)
	w.refused(t, refusal{"UserErrorContainerNotAccessible", []string{container}, "Plan"}, "backup", i.Name, "--wait")
	w.refused(t, refusal{"UserErrorContainerNotAccessible", []string{container}, "SweepPages"}, "sweep", "--wait")
}

// A worker without a pg_dump for the server says what to install.
func TestBackupToolAbsentOrTooOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	i := w.protected(t, "CREATE TABLE orders (id int)")
	old := filepath.Join(w.dir, "old")
	require.NoError(t, os.Mkdir(old, 0o700))
	for _, tool := range []string{"pg_dump", "pg_restore", "pg_dumpall"} {
		require.NoError(t, os.WriteFile(filepath.Join(old, tool), []byte("#!/bin/sh\necho \""+tool+" (PostgreSQL) 9.6.24\"\n"), 0o700))
	}
	want := refusal{"UserErrorBackupToolNotFound", []string{"postgresql-client-", "no pg_dump"}, "Validate"}
	p := w.startWorker(t, "PGVAULT_PG_BIN="+w.dir)
	w.refused(t, want, "backup", i.Name, "--wait")
	p.stop(t)
	want.names = []string{"postgresql-client-", "9.6.24 in " + old}
	w.startWorker(t, "PGVAULT_PG_BIN="+old)
	w.refused(t, want, "backup", i.Name, "--wait")
	w.nothingLeft(t, i)
}

// The error names a typo in the file by line and column, and nothing is
// applied.
func TestTypoInTheFile(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := instance{Name: "typo/never", Host: "localhost", Port: 5432, Database: "d", Secret: "https://v.vault.azure.net/secrets/s", Policy: "nightly"}
	good := w.file(i.yaml())
	for name, c := range map[string]struct{ from, to, says string }{
		"field":      {"retention:", "retentoin:", "line 7, column 5: "},
		"rule":       {"{Default: 30d}", "{Defualt: 30d}", "line 7, column 17: "},
		"duration":   {"30d", "30 nights", "line 7, column 26: "},
		"policy":     {"policy: nightly", "policy: nigthly", `did you mean "nightly"`},
		"YAML":       {"policies:", "policies", "line "},
		"no version": {"secrets/s'", "secrets/s/0123456789abcdef0123456789abcdef'", "names a version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := strings.Replace(good, c.from, c.to, 1)
			require.NotEqual(t, good, bad)
			path := filepath.Join(t.TempDir(), "typo.yaml")
			require.NoError(t, os.WriteFile(path, []byte(bad), 0o600))
			out := w.failing(t, "UserErrorInvalidConfiguration", "apply", "-f", path)
			require.Contains(t, out, path)
			require.Contains(t, out, c.says)
			require.Regexp(t, `line \d+, column \d+: `, out)
			require.Empty(t, w.blobs(t, "instances/"+i.Name+"/"))
		})
	}
}
