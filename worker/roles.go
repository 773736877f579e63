package main

import (
	"math/rand/v2"
	"time"

	sdkworker "go.temporal.io/sdk/worker"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/estate/notify"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/version"
	"github.com/pgvault/pgvault/workflows"
)

// register creates the workers: one for workflows, and for each role one for
// short steps and one for transfers.
func (s *service) register(p parts) {
	self := activities.Self{Host: temporalx.Hostname(), Version: version.Read().Version, ObjectID: p.identity.ObjectID}
	steps := map[jobs.Role][]any{
		jobs.RoleBackup: {&activities.Backup{
			Vault: p.vault, Container: p.container, Source: p.backup, Tools: p.tools, Temporal: s.temporal, Signer: p.manifests,
			MemoryBudget: s.settings.budgetPerDump(), Memory: p.memory, Self: self, Now: time.Now,
		}},
		jobs.RoleRestore: {&activities.Restore{
			Vault: p.vault, Source: p.restore, Tools: p.tools, OpenContainer: p.open, Signer: p.evidence,
			MemoryBudget: s.settings.budgetPerDump(), Memory: p.memory, Self: self, Now: time.Now, Random: rand.IntN, ReadChecks: s.settings.trust.Checks,
		}},
		jobs.RolePrune: {&activities.Prune{Vault: p.vault, Container: p.container, Temporal: s.temporal, Now: time.Now}},
		jobs.RoleWatch: {
			&activities.Watch{Vault: p.vault, Server: temporalx.NewEstateServer(s.temporal, s.guard.Namespace)},
			&activities.Delivery{
				Secrets: p.secrets, Trust: s.settings.trust,
				Sender: notify.Sender{Trust: s.settings.trust, Source: p.vault.URL(), Version: version.Read().Version, Now: time.Now},
			},
		},
	}
	records := &activities.Jobs{Vault: p.vault, Temporal: s.temporal, Self: self}

	// Every worker may run workflows, which use no service but Temporal.
	options := s.options()
	options.LocalActivityWorkerOnly = true
	s.add(jobs.TaskQueue, options)
	workflows.Register(s.workers[0])
	for _, role := range s.settings.roles {
		light := s.options()
		light.DisableWorkflowWorker = true
		if role == jobs.RoleWatch {
			light.MaxConcurrentActivityExecutionSize = maxDeliveries
		}
		s.add(role.Queue(), light, append(steps[role], records)...)
		s.add(role.TransferQueue(), s.few(s.settings.maxDumps), steps[role]...)
	}
}

// maxDeliveries is the number of concurrent deliveries, of which a receiver that
// hangs may occupy several.
const maxDeliveries = 100

// few returns the options of a worker that runs at most n steps concurrently.
func (s *service) few(n int) sdkworker.Options {
	options := s.options()
	options.MaxConcurrentActivityExecutionSize = n
	options.DisableWorkflowWorker = true
	return options
}

func (s *service) add(queue string, options sdkworker.Options, steps ...any) {
	w := sdkworker.New(s.temporal, queue, options)
	for _, some := range steps {
		w.RegisterActivity(some)
	}
	s.workers = append(s.workers, w)
}
