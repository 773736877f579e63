package attack_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault"
)

// untrusted is an address of this machine that no trust file lists.
const untrusted = "127.0.0.2"

// vaultID is the one that the trust file names.
const vaultID = "5d0c7e1b"

// target is what is attacked: a vault with one instance, its worker and its namespace.
type target struct {
	env       *localenv.Env
	namespace string
	temporal  client.Client
	vault     *vault.Vault
	container *blobstore.Container
	instance  instance.Instance
	// strange is the port of a listener at [untrusted].
	strange int
	// connections counts those that came to it.
	connections *atomic.Int32
	// servers are further lines of the trust file's list of servers.
	servers string
	// trusts are further lines of the trust file.
	trusts func(folder string) string
}

// newTarget starts a worker for a new vault.
func newTarget(t *testing.T) *target {
	t.Helper()
	a := newVault(t)
	a.startWorker(t)
	return a
}

// newVault makes a vault whose worker is yet to start.
func newVault(t *testing.T) *target {
	t.Helper()
	env := localenvtest.Env(t)
	a := &target{env: env, namespace: "attack-" + strings.ToLower(rand.Text()[:8]), connections: &atomic.Int32{}}
	a.dial(t)
	a.listen(t)
	container, err := azureblob.Open(env.VaultURL, env.Azurite.Credential(), azureblob.Options{})
	require.NoError(t, err)
	a.vault, a.container = vault.New(container), container
	_, err = a.vault.PutSettings(t.Context(), instance.VaultSettings{Container: env.VaultURL}, vaultID)
	require.NoError(t, err)
	database := localenvtest.Database(t)
	a.instance = instance.Instance{
		Name: "shop/" + database, Database: database, Server: instance.Server{Host: env.Postgres.Host, Port: env.Postgres.Port}.WithDefaults(),
		SignIn: instance.SignIn{KeyVaultSecret: a.secret(t, "trusted-"+database, env.Postgres.URI(database, env.Postgres.Superuser, env.Postgres.Password))},
		Policy: policy.Policy{Name: "nightly", TimeZone: "UTC", Rules: []policy.Rule{{Name: policy.DefaultRule, Lifecycle: policy.Lifecycle{Standard: policy.Duration{Days: 30}}}}},
	}
	a.define(t, a.instance)
	return a
}

func (a *target) define(t *testing.T, i instance.Instance) {
	t.Helper()
	_, err := a.vault.PutInstance(context.WithoutCancel(t.Context()), i)
	require.NoError(t, err)
}

// write writes a blob as anybody who may write blobs can.
func (a *target) write(t *testing.T, name, content string) {
	t.Helper()
	_, err := a.container.Put(t.Context(), name, []byte(content), nil)
	require.NoError(t, err)
}

func (a *target) secret(t *testing.T, name string, value secret.String) string {
	t.Helper()
	return a.env.Azure.KeyVault.SetSecret(strings.ReplaceAll(name, "_", "-"), value)
}

func (a *target) dial(t *testing.T) {
	t.Helper()
	options := client.Options{HostPort: a.env.Temporal.Address, Namespace: a.namespace, Logger: temporalx.NewLogger(zap.NewNop())}
	namespaces, err := client.NewNamespaceClient(options)
	require.NoError(t, err)
	defer namespaces.Close()
	require.NoError(t, namespaces.Register(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: a.namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	}))
	require.Eventually(t, func() bool {
		_, err := namespaces.Describe(t.Context(), a.namespace)
		return err == nil
	}, time.Minute, 50*time.Millisecond)
	a.temporal, err = client.DialContext(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(a.temporal.Close)
}

func (a *target) listen(t *testing.T) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(untrusted, "0"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	a.strange = listener.Addr().(*net.TCPAddr).Port
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			a.connections.Add(1)
			_ = conn.Close()
		}
	}()
}

func (a *target) trustFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trust.yaml")
	text := fmt.Sprintf(`vaultID: %s
servers:
  - {hosts: [%s], use: [backup, restore], secrets: ["%s"]}
%scontainers: ["%s/files-*"]
tls: {minimum: verify-full}
vault: {softDeleteDays: 14, maximumRetention: 10y}
`, vaultID, a.env.Postgres.Host, a.instance.SignIn.KeyVaultSecret, a.servers, a.env.Azurite.URL)
	if a.trusts != nil {
		text += a.trusts(filepath.Dir(path))
	}
	require.NoError(t, os.WriteFile(path, []byte(text), 0o444))
	return path
}

// startWorker starts a worker, which ends with the test if it was not stopped
// before.
func (a *target) startWorker(t *testing.T) (stop func()) {
	t.Helper()
	vars := a.env.Vars()
	vars["TEMPORAL_NAMESPACE"], vars["PGVAULT_METRICS_ADDRESS"], vars["PGVAULT_TRUST"] = a.namespace, "127.0.0.1:0", a.trustFile(t)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), worker)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	for name, value := range vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out := &output{}
	cmd.Stdout, cmd.Stderr = out, out
	require.NoError(t, cmd.Start())
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		require.NotContains(t, out.String(), "DATA RACE")
	})
	t.Cleanup(stop)
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "the worker is ready") }, time.Minute, 20*time.Millisecond, "%s", out)
	return stop
}

// output is written by a process and read by a test.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// run starts a workflow as anybody in the namespace may, and returns its error.
func (a *target) run(t *testing.T, id, queue string, workflow any, input ...any) error {
	t.Helper()
	run, err := a.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: queue}, workflow, input...)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err = run.Get(ctx, nil)
	if ctx.Err() != nil {
		found, describeErr := a.temporal.DescribeWorkflowExecution(t.Context(), run.GetID(), "")
		require.Fail(t, "the job does not end", "%s: %s %v", id, found, describeErr)
	}
	return err
}

// patience is how long a job of the tests may take on a busy machine.
const patience = 5 * time.Minute

// refused requires a code, and that nothing went to the untrusted address.
func (a *target) refused(t *testing.T, err error, code failure.Code) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, temporalx.Failure(err).Code, "%v", err)
	require.Zero(t, a.connections.Load(), "connections to %s", untrusted)
}
