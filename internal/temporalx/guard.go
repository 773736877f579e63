package temporalx

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/failure"
)

// Guard keeps a worker from the work of another vault. A job says by its memo
// which vault it belongs to; one that does not, since a person started it by
// hand, belongs to the vault of its namespace.
type Guard struct {
	Client    client.Client
	Namespace string
	// URL is that of the worker's vault, and ReadID reads the vault's ID: "" for a
	// vault that has none yet.
	URL    string
	ReadID func(context.Context) (string, error)
	// Fatal is told that the worker runs in the namespace of another vault.
	Fatal func(error)

	mu sync.Mutex
	id string
	// claimed means that the namespace was found to be the vault's own.
	claimed bool
}

// Check refuses the namespace of another vault. It finds out as much as it can:
// an error of any other code is for people to know, and the worker may go on,
// since each step is checked again.
func (g *Guard) Check(ctx context.Context) error {
	own, err := g.own(ctx)
	if err != nil {
		return err
	}
	_, err = g.look(ctx, own)
	return err
}

// admit refuses a step of a job that belongs to another vault than the worker.
// An empty job ID is that of a job that does not say.
func (g *Guard) admit(ctx context.Context, jobID string) error {
	err := g.judge(ctx, jobID)
	if failure.CodeOf(err) != failure.NamespaceOfAnotherVault {
		return err
	}
	g.Fatal(err)
	// A worker of the right vault takes the step.
	return failure.Wrap(err, failure.WorkerOfAnotherVault, "stop the worker of "+g.URL, "the step came to a worker that does not belong here")
}

func (g *Guard) judge(ctx context.Context, jobID string) error {
	own, err := g.own(ctx)
	if err != nil {
		return err
	}
	if jobID == own.ID && g.isClaimed() {
		return nil
	}
	owner, err := g.look(ctx, own)
	switch {
	case err != nil || jobID == own.ID || jobID == "":
		return err
	case owner.ID == own.ID:
		return failure.New(failure.JobOfAnotherVault, "start the job in the namespace of its own vault",
			"the job belongs to vault %s, and Temporal namespace %q to vault %s", jobID, g.Namespace, own)
	}
	return failure.New(failure.WorkerOfAnotherVault, "run a worker of vault "+jobID+", and stop this one",
		"the step belongs to vault %s, and came to a worker of vault %s", jobID, own)
}

// readWithin bounds the reading of the ID: a step does not heartbeat meanwhile.
const readWithin = 15 * time.Second

// own returns the worker's vault, once it has an ID. A vault that has lost its
// settings is known by its URL.
func (g *Guard) own(ctx context.Context) (Owner, error) {
	g.mu.Lock()
	own := Owner{ID: g.id, URL: g.URL}
	g.mu.Unlock()
	if own.ID != "" {
		return own, nil
	}
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	var err error
	if own.ID, err = g.ReadID(ctx); err != nil {
		return own, fmt.Errorf("read the ID of vault %s: %w", g.URL, err)
	}
	if own.ID == "" {
		owner, err := NamespaceOwner(ctx, g.Client)
		switch {
		case err != nil:
			return own, err
		case owner.ID == "":
			return own, failure.New(failure.InvalidConfiguration, "pgvault apply -f pgvault.yaml",
				"vault %s has no ID yet, so no job can be known to be its own", g.URL)
		case owner.URL != g.URL:
			return own, OtherNamespace(g.Namespace, owner, own)
		}
		own = owner
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.id = own.ID
	return own, nil
}

// look asks whose the namespace is.
func (g *Guard) look(ctx context.Context, own Owner) (Owner, error) {
	owner, err := NamespaceOwner(ctx, g.Client)
	if err != nil {
		return owner, err
	}
	g.mu.Lock()
	g.claimed = owner.ID == own.ID
	g.mu.Unlock()
	if owner.ID != "" && owner.ID != own.ID {
		return owner, OtherNamespace(g.Namespace, owner, own)
	}
	return owner, nil
}

func (g *Guard) isClaimed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.claimed
}
