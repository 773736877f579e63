package main

import (
	"time"

	sdkworker "go.temporal.io/sdk/worker"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/version"
	"github.com/pgvault/pgvault/workflows"
)

// register makes the workers: one for workflows, and for each role one for
// light steps and one for those of which there are few at a time.
func (s *service) register(p parts) {
	steps := map[temporalx.Role]any{
		temporalx.RoleBackup: &activities.Backup{
			Vault: p.vault, Container: p.container, Source: p.source, Tools: p.tools, Temporal: s.temporal,
			MemoryBudget: s.settings.budgetPerDump(), Version: version.Read().Version, Now: time.Now,
		},
		temporalx.RoleRestore: &activities.Restore{
			Vault: p.vault, Source: p.source, Tools: p.tools, OpenContainer: p.open,
			MemoryBudget: s.settings.budgetPerDump(), Now: time.Now,
		},
		temporalx.RolePrune: &activities.Prune{Vault: p.vault, Container: p.container, Temporal: s.temporal, Now: time.Now},
	}
	var all []any
	for _, role := range s.settings.roles {
		all = append(all, steps[role])
	}
	jobs := &activities.Jobs{Vault: p.vault}

	// Any worker may do the workflows, which touch nothing but Temporal. Steps of
	// jobs that began before there were roles go to whoever does everything.
	options := s.options()
	options.LocalActivityWorkerOnly = !s.settings.allRoles()
	s.add(temporalx.TaskQueue, options, append(all, jobs)...)
	workflows.Register(s.workers[0])
	if s.settings.allRoles() {
		s.add(temporalx.TransferTaskQueue, s.few(1), all...)
	}
	for _, role := range s.settings.roles {
		light := s.options()
		light.DisableWorkflowWorker = true
		s.add(role.Queue(), light, steps[role], jobs)
		s.add(role.TransferQueue(), s.few(s.settings.maxDumps), steps[role])
	}
}

// few are the options of a worker that does so many steps at a time.
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
