package attack_test

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/secret"
)

func (a *target) backup(t *testing.T) error {
	t.Helper()
	return a.run(t, "backup/"+a.instance.Name+"/"+strconv.Itoa(int(sequence.Add(1))), jobs.TaskQueue, jobs.TypeBackup, jobs.BackupInput{Instance: a.instance.Name})
}

func (a *target) restore(t *testing.T, to jobs.RestoreTarget) error {
	t.Helper()
	return a.run(t, "restore/"+a.instance.Name+"/"+strconv.Itoa(int(sequence.Add(1))), jobs.TaskQueue, jobs.TypeRestore, jobs.RestoreInput{Instance: a.instance.Name, Target: to})
}

// TestForgedTargetsOfRestores starts restores to where a stranger listens.
func TestForgedTargetsOfRestores(t *testing.T) {
	t.Parallel()
	a := newTarget(t)
	require.NoError(t, a.backup(t))
	stranger := &instance.Server{Host: untrusted, Port: a.strange}
	own := a.instance.Server
	elsewhere := fmt.Sprintf("https://%s/secrets/x", net.JoinHostPort(untrusted, strconv.Itoa(a.strange)))
	bare := a.secret(t, "bare-"+a.instance.Database, secret.New("user=postgres password=x"))
	for name, to := range map[string]jobs.RestoreTarget{
		"a server, with the instance's secret": {Server: stranger, Database: "copy", SignIn: &a.instance.SignIn},
		"a server, with a token":               {Server: stranger, Database: "copy", SignIn: &instance.SignIn{Entra: &instance.Entra{User: "postgres"}}},
		"a Key Vault":                          {Server: &own, Database: "copy", SignIn: &instance.SignIn{KeyVaultSecret: elsewhere}},
		"a token for a server without one":     {Server: &own, Database: "copy", SignIn: &instance.SignIn{Entra: &instance.Entra{User: "postgres"}}},
		"a secret that is not bound":           {Server: &own, Database: "copy", SignIn: &instance.SignIn{KeyVaultSecret: bare}},
		"a storage account":                    {Container: fmt.Sprintf("https://%s/account/files", net.JoinHostPort(untrusted, strconv.Itoa(a.strange)))},
		"a container that is not listed":       {Container: a.env.Azurite.ContainerURL("other")},
		"rows of a server":                     {Server: stranger, Database: "copy", Content: jobs.ContentData, SignIn: &a.instance.SignIn},
		"roles of a server":                    {Server: stranger, Database: "copy", Roles: true, SignIn: &a.instance.SignIn},
	} {
		t.Run(name, func(t *testing.T) { a.refused(t, a.restore(t, to), failure.NotTrusted) })
	}
	t.Run("the vault itself", func(t *testing.T) {
		require.Error(t, a.restore(t, jobs.RestoreTarget{Container: a.env.VaultURL}))
	})
	t.Run("what is trusted works", func(t *testing.T) {
		target := a.instance.Database + "_copy"
		t.Cleanup(func() {
			require.NoError(t, a.env.Postgres.Exec(context.WithoutCancel(t.Context()), "postgres", "DROP DATABASE IF EXISTS "+target))
		})
		require.NoError(t, a.restore(t, jobs.RestoreTarget{Server: &own, Database: target, SignIn: &a.instance.SignIn}))
	})
}

// TestForgedInstances writes definitions into the vault that redirect the next
// sign-in.
func TestForgedInstances(t *testing.T) {
	t.Parallel()
	a := newTarget(t)
	require.NoError(t, a.backup(t))
	elsewhere := fmt.Sprintf("https://%s/secrets/x", net.JoinHostPort(untrusted, strconv.Itoa(a.strange)))
	for name, forge := range map[string]func(*instance.Instance){
		"a server":               func(i *instance.Instance) { i.Server.Host, i.Server.Port = untrusted, a.strange },
		"a server in a list":     func(i *instance.Instance) { i.Server.Host = untrusted + "," + i.Server.Host },
		"a Key Vault":            func(i *instance.Instance) { i.SignIn.KeyVaultSecret = elsewhere },
		"a token":                func(i *instance.Instance) { i.SignIn = instance.SignIn{Entra: &instance.Entra{User: "postgres"}} },
		"no TLS":                 func(i *instance.Instance) { i.Server.TLS.Mode = instance.TLSDisable },
		"a stranger's authority": func(i *instance.Instance) { i.Server.TLS.RootCertificate = "/proc/self/environ" },
	} {
		t.Run(name, func(t *testing.T) {
			forged := a.instance
			forge(&forged)
			a.define(t, forged)
			t.Cleanup(func() { a.define(t, a.instance) })
			err := a.backup(t)
			require.Error(t, err)
			if name == "a server in a list" {
				a.refused(t, err, failure.InvalidInput)
				return
			}
			a.refused(t, err, failure.NotTrusted)
			a.refused(t, a.restore(t, jobs.RestoreTarget{Server: &forged.Server, Database: "copy", SignIn: &forged.SignIn}), failure.NotTrusted)
		})
	}
}

// TestAForgedVaultID has the worker refuse every step of a vault that is not the
// one of its trust file.
func TestAForgedVaultID(t *testing.T) {
	t.Parallel()
	a := newVault(t)
	a.write(t, "vault.json", `{"id": "0000000000", "container": "x"}`)
	a.startWorker(t)
	a.refused(t, a.run(t, "sweep/1", jobs.TaskQueue, jobs.TypeRetentionSweep), failure.NotTrusted)
}
