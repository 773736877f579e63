package temporalx

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/failure"
)

// Guard keeps a worker from the work of another vault. A job's memo names the
// vault that it belongs to. A job without one, which a person started by hand,
// belongs to the vault of its namespace.
type Guard struct {
	Client    client.Client
	Namespace string
	// URL is the URL of the worker's vault. ReadID reads the vault's ID, which
	// is "" if it has none yet.
	URL    string
	ReadID func(context.Context) (string, error)
	// Fatal is called if the worker runs in the namespace of another vault.
	Fatal func(error)

	mu sync.Mutex
	id string
	// claimed reports whether the namespace was found to belong to the vault.
	claimed bool
}

// Check returns an error of code WorkerOfAnotherVault if the namespace belongs
// to another vault. Any other error means that this could not be found out. The
// worker may continue, since each step is checked again.
func (g *Guard) Check(ctx context.Context) error {
	own, err := g.own(ctx)
	if err != nil {
		return err
	}
	_, err = g.readOwner(ctx, own)
	return err
}

// admit returns an error for a step whose job belongs to another vault than the
// worker. jobID is the ID of the job's vault; empty if the job has none.
func (g *Guard) admit(ctx context.Context, jobID string) error {
	err := g.judge(ctx, jobID)
	if failure.CodeOf(err) != failure.NamespaceOfAnotherVault {
		return err
	}
	g.Fatal(err)
	// A worker of the right vault takes the step.
	return failure.Wrap(err, failure.WorkerOfAnotherVault, "stop the worker of "+g.URL, "the step came to a worker that does not belong here")
}

// admitBlind returns an error for a step that needs no vault. Such a step may tell
// that the vault cannot be read. If the vault's ID cannot be read either, the URL
// identifies the vault.
func (g *Guard) admitBlind(ctx context.Context, jobID string) error {
	_, unread := g.own(ctx)
	if unread == nil {
		return g.admit(ctx, jobID)
	}
	owner, err := NamespaceOwner(ctx, g.Client)
	if err != nil {
		return err
	}
	if owner.ID == "" || owner.URL != g.URL || jobID != "" && jobID != owner.ID {
		return unread
	}
	return nil
}

func (g *Guard) judge(ctx context.Context, jobID string) error {
	own, err := g.own(ctx)
	if err != nil {
		return err
	}
	if jobID == own.ID && g.isClaimed() {
		return nil
	}
	owner, err := g.readOwner(ctx, own)
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

// readWithin bounds the reading of the ID, since the step does not heartbeat
// meanwhile.
const readWithin = 15 * time.Second

// own returns the worker's vault once it has an ID. A vault without settings is
// identified by its URL.
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

// readOwner reads the owner of the namespace.
func (g *Guard) readOwner(ctx context.Context, own Owner) (Owner, error) {
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
