package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdkworker "go.temporal.io/sdk/worker"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/estate/page"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/keyvault"
	"github.com/pgvault/pgvault/internal/version"
)

// stopTimeout is how long the steps of a stopping worker have to end cleanly.
const stopTimeout = 30 * time.Second

// service is a running worker with its parts.
type service struct {
	settings settings
	logger   *zap.Logger
	temporal client.Client
	// workers are started in order and stopped in reverse order.
	workers, started []sdkworker.Worker
	monitor          *monitor
	patience         *patience
	guard            *temporalx.Guard
	// storageTime returns the storage's time.
	storageTime func(context.Context) (time.Time, error)
	// fatal receives errors on which the SDK gives up, such as a missing
	// namespace.
	fatal chan error
	// watcher is nil without the role watch.
	watcher *watcher
}

func newService(ctx context.Context, s settings, logger *zap.Logger) (*service, error) {
	parts, err := openParts(ctx, s)
	if err != nil {
		return nil, err
	}
	metrics, err := temporalx.NewMetrics(version.Read())
	if err != nil {
		return nil, err
	}
	options, err := temporalx.ClientOptions(logger, metrics.Handler)
	if err != nil {
		return nil, err
	}
	options.Identity = temporalx.WorkerIdentity(s.trust.Hash())
	for _, warning := range s.trust.Warnings() {
		events.TrustTooWide.Log(logger, zap.String("file", s.trust.Name()), zap.String("warning", warning))
	}
	temporal, err := temporalx.Dial(ctx, options)
	if err != nil {
		return nil, err
	}
	monitor, err := newMonitor(s.metricsAddress, metrics.HTTP, &readiness{checks: checks(temporal, parts.vault), now: time.Now, logger: logger})
	if err != nil {
		temporal.Close()
		return nil, err
	}
	// A job that sets an unregistered search attribute would hang.
	if _, err := temporalx.EnsureSearchAttributes(ctx, temporal, options.Namespace); err != nil {
		temporal.Close()
		return nil, errors.Join(err, monitor.close())
	}
	svc := &service{
		patience: newPatience(parts.vault), storageTime: parts.container.ServerTime,
		settings: s, logger: logger, temporal: temporal, monitor: monitor, fatal: make(chan error, 10),
	}
	if err := svc.guardVault(ctx, parts.vault, options.Namespace); err != nil {
		temporal.Close()
		return nil, errors.Join(err, monitor.close())
	}
	svc.register(parts)
	if slices.Contains(s.roles, jobs.RoleWatch) {
		svc.watch(parts.vault, metrics, options.Namespace)
	}
	return svc, nil
}

// watch adds the estate to /metrics, and its page at /.
func (s *service) watch(v *vault.Vault, metrics temporalx.Metrics, namespace string) {
	s.watcher = newWatcher(v, temporalx.NewEstateServer(s.temporal, namespace), s.logger)
	metrics.Registry.MustRegister(s.watcher.metrics())
	s.monitor.mux.Handle("GET /{$}", s.watcher.page(page.Options{UI: string(s.settings.ui), Namespace: namespace}))
}

// firstLook bounds the check of the vault when the worker starts. Each step
// checks again, so that a storage that does not answer does not prevent the
// start.
const firstLook = 10 * time.Second

// guardVault keeps the worker from the work of other vaults. It returns an
// error in the namespace of another vault.
func (s *service) guardVault(ctx context.Context, v *vault.Vault, namespace string) error {
	s.guard = &temporalx.Guard{Client: s.temporal, Namespace: namespace, URL: v.URL(), ReadID: v.ID, Fatal: s.giveUp}
	ctx, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	err := s.guard.Check(ctx)
	if failure.CodeOf(err) == failure.NamespaceOfAnotherVault {
		return err
	}
	if err != nil {
		events.VaultUnknown.Log(s.logger, zap.Error(err))
	}
	return nil
}

// giveUp ends the worker. The first reason counts.
func (s *service) giveUp(err error) {
	select {
	case s.fatal <- err:
	default:
	}
}

// parts are what the activities need.
type parts struct {
	// sources are those of each role that signs in to servers.
	backup, restore signin.Source
	secrets         *azure.Secrets
	container       *blobstore.Container
	vault           *vault.Vault
	open            func(containerURL string) (*blobstore.Container, error)
	tools           []pgtools.Installation
	// manifests signs what the role backup stores, and evidence what drills store.
	manifests, evidence statement.Signer
	identity            *azure.Identity
	// memory is shared by all jobs.
	memory *memory.Budget
}

func openParts(ctx context.Context, s settings) (parts, error) {
	credential, err := azure.Credential()
	if err != nil {
		return parts{}, err
	}
	options, err := azure.OptionsFromEnv(os.Getenv)
	if err != nil {
		return parts{}, err
	}
	open := func(url string) (*blobstore.Container, error) {
		return azureblob.Open(url, credential, azureblob.Options{})
	}
	container, err := open(s.vault)
	if err != nil {
		return parts{}, err
	}
	tools, err := pgtools.Discover(ctx, s.toolDirs)
	if err != nil {
		return parts{}, err
	}
	manifests, err := openSigner(s, trust.Manifests, credential, options)
	if err != nil {
		return parts{}, err
	}
	evidence, err := openSigner(s, trust.Evidence, credential, options)
	if err != nil {
		return parts{}, err
	}
	secrets := azure.NewSecrets(credential, options)
	source := func(use trust.Use) signin.Source {
		return signin.Azure{Trust: signin.Trusted{File: s.trust, Use: use}, Secrets: secrets, Credential: credential}
	}
	return parts{
		backup: source(trust.Backup), restore: source(trust.Restore), secrets: secrets,
		container: container, vault: vault.New(container).Trusting(s.trust), open: trusted(s.trust, open), tools: tools, manifests: manifests, evidence: evidence,
		identity: azure.NewIdentity(credential),
		memory:   memory.NewBudget(jobMemory(memlimit.FromSystem)),
	}, nil
}

// openSigner returns the signer with the keys of a purpose.
func openSigner(s settings, p trust.Purpose, credential azcore.TokenCredential, options azure.Options) (statement.Signer, error) {
	if !s.signs(p) {
		return statement.Unsigned{}, nil
	}
	keys, err := azure.NewKeys(s.signingKeyVault, signingKeyVaultVariable, credential, options)
	if err != nil {
		return nil, err
	}
	return keyvault.New(keys, s.trust, p, time.Now), nil
}

// trusted returns open for the containers that a trust file lists.
func trusted(f trust.File, open func(string) (*blobstore.Container, error)) func(string) (*blobstore.Container, error) {
	return func(url string) (*blobstore.Container, error) {
		if err := f.Container(url); err != nil {
			return nil, err
		}
		return open(url)
	}
}

func (s *service) options() sdkworker.Options {
	return sdkworker.Options{
		MaxConcurrentActivityExecutionSize: 20,
		WorkerStopTimeout:                  stopTimeout,
		// A worker that hangs keeps its polls open, and each may receive a
		// step.
		MaxConcurrentActivityTaskPollers: 1,
		// This bounds the delay of a cancellation and the age of a heartbeat.
		MaxHeartbeatThrottleInterval: 5 * time.Second,
		DisableRegistrationAliasing:  true,
		Interceptors: []interceptor.WorkerInterceptor{
			temporalx.NewPatientInterceptor(s.waiting(), s.stepLog()),
			temporalx.NewGuardInterceptor(s.guard),
			temporalx.NewUIInterceptor(s.settings.ui),
			activities.NewInputInterceptor(),
		},
		OnFatalError: s.giveUp,
	}
}

func (s *service) stepLog() temporalx.StepLog {
	log := temporalx.StepLog{Logger: s.logger, Subject: activities.Subject}
	if s.settings.logDetails {
		log.Details = pgtools.Details
	}
	return log
}

// waiting returns how the worker waits for unavailable services and for a
// worker with a right clock.
func (s *service) waiting() temporalx.Patience {
	return temporalx.Patience{Limit: s.patience.limit, Tell: activities.TellRetry, StorageTime: s.storageTime}
}

// run runs the worker until ctx is done or a permanent error occurs.
func (s *service) run(ctx context.Context) error {
	var group errgroup.Group
	group.Go(s.monitor.serve)
	ctx, stop := context.WithCancel(ctx)
	if s.watcher != nil {
		group.Go(func() error { return s.watcher.run(ctx) })
	}
	err := s.work(ctx)
	stop()
	return errors.Join(err, s.monitor.close(), group.Wait())
}

func (s *service) work(ctx context.Context) error {
	// Transfers stop first: workflows must still learn how they ended.
	defer func() {
		for _, w := range slices.Backward(s.started) {
			w.Stop()
		}
	}()
	for _, w := range s.workers {
		if err := w.Start(); err != nil {
			return temporalx.RequestError("start the worker", err)
		}
		s.started = append(s.started, w)
	}
	events.Ready.Log(s.logger, zap.String("vault", s.settings.vault), zap.Any("roles", s.settings.roles),
		zap.Int("maxDumps", s.settings.maxDumps), zap.String("monitor", s.monitor.listener.Addr().String()),
		zap.String("zstd", archive.ZstdLibrary))
	select {
	case <-ctx.Done():
		events.Stopping.Log(s.logger)
		return nil
	case err := <-s.fatal:
		return err
	}
}

func (s *service) close() { s.temporal.Close() }
