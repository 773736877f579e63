package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdkworker "go.temporal.io/sdk/worker"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/azure"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/pgtools"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/workflows"
)

// stopTimeout is how long the steps of a stopping worker have to end cleanly.
const stopTimeout = 30 * time.Second

// service is a running worker and what it is made of.
type service struct {
	settings settings
	logger   *zap.Logger
	temporal client.Client
	jobs     sdkworker.Worker
	transfer sdkworker.Worker
	monitor  *monitor
	// fatal is what the SDK gives up on, such as a namespace that is gone.
	fatal chan error
}

func newService(ctx context.Context, s settings, logger *zap.Logger) (*service, error) {
	parts, err := openParts(ctx, s)
	if err != nil {
		return nil, err
	}
	metrics, err := temporalx.NewMetrics()
	if err != nil {
		return nil, err
	}
	options, err := temporalx.ClientOptions(logger, metrics.Handler)
	if err != nil {
		return nil, err
	}
	temporal, err := temporalx.Dial(ctx, options)
	if err != nil {
		return nil, err
	}
	monitor, err := newMonitor(s.metricsAddress, metrics.HTTP, temporal)
	if err != nil {
		temporal.Close()
		return nil, err
	}
	// A job that sets a search attribute nobody has registered would hang.
	if _, err := temporalx.EnsureSearchAttributes(ctx, temporal, options.Namespace); err != nil {
		temporal.Close()
		return nil, errors.Join(err, monitor.close())
	}
	svc := &service{settings: s, logger: logger, temporal: temporal, monitor: monitor, fatal: make(chan error, 2)}
	svc.register(parts)
	return svc, nil
}

// parts are what the activities work with.
type parts struct {
	source    signin.Azure
	container *blobstore.Container
	vault     *vault.Vault
	open      func(containerURL string) (*blobstore.Container, error)
	tools     []pgtools.Installation
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
		return blobstore.Open(url, credential, blobstore.Options{})
	}
	container, err := open(s.vault)
	if err != nil {
		return parts{}, err
	}
	tools, err := pgtools.Discover(ctx, s.toolDirs)
	if err != nil {
		return parts{}, err
	}
	return parts{
		source:    signin.Azure{Secrets: azure.NewSecrets(credential, options), Credential: credential},
		container: container, vault: vault.New(container), open: open, tools: tools,
	}, nil
}

// register makes the two workers: workflows and short steps on one queue, and
// the few at a time that move a database on the other.
func (s *service) register(p parts) {
	short := s.options()
	s.jobs = sdkworker.New(s.temporal, temporalx.TaskQueue, short)
	workflows.Register(s.jobs)
	long := s.options()
	long.MaxConcurrentActivityExecutionSize = s.settings.maxDumps
	long.DisableWorkflowWorker = true
	s.transfer = sdkworker.New(s.temporal, temporalx.TransferTaskQueue, long)
	for _, w := range []sdkworker.Worker{s.jobs, s.transfer} {
		w.RegisterActivity(&activities.Backup{
			Vault: p.vault, Container: p.container, Source: p.source, Tools: p.tools, Temporal: s.temporal,
			MemoryBudget: s.settings.budgetPerDump(), Version: version, Now: time.Now,
		})
		w.RegisterActivity(&activities.Restore{
			Vault: p.vault, Source: p.source, Tools: p.tools, OpenContainer: p.open, Now: time.Now,
		})
		w.RegisterActivity(&activities.Prune{Vault: p.vault, Container: p.container, Temporal: s.temporal, Now: time.Now})
		w.RegisterActivity(&activities.Jobs{Vault: p.vault})
	}
}

func (s *service) options() sdkworker.Options {
	return sdkworker.Options{
		MaxConcurrentActivityExecutionSize: 20,
		WorkerStopTimeout:                  stopTimeout,
		// How long a cancellation may take to arrive, and how old a heartbeat may be.
		MaxHeartbeatThrottleInterval: 5 * time.Second,
		DisableRegistrationAliasing:  true,
		Interceptors:                 []interceptor.WorkerInterceptor{temporalx.NewErrorInterceptor()},
		OnFatalError:                 func(err error) { s.fatal <- err },
	}
}

// run works until the context ends or something fails for good.
func (s *service) run(ctx context.Context) error {
	var group errgroup.Group
	group.Go(s.monitor.serve)
	err := s.work(ctx)
	return errors.Join(err, s.monitor.close(), group.Wait())
}

func (s *service) work(ctx context.Context) error {
	if err := s.jobs.Start(); err != nil {
		return fmt.Errorf("start the worker for jobs: %w", err)
	}
	defer s.jobs.Stop()
	if err := s.transfer.Start(); err != nil {
		return fmt.Errorf("start the worker for transfers: %w", err)
	}
	// Transfers stop first: workflows must still hear how they ended.
	defer s.transfer.Stop()
	s.logger.Info("the worker is ready", zap.String("vault", s.settings.vault), zap.Int("maxDumps", s.settings.maxDumps),
		zap.String("monitor", s.monitor.listener.Addr().String()))
	select {
	case <-ctx.Done():
		s.logger.Info("stopping: running steps end and another worker takes them over")
		return nil
	case err := <-s.fatal:
		return err
	}
}

func (s *service) close() { s.temporal.Close() }
