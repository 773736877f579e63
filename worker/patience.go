package main

import (
	"context"
	"sync"
	"time"

	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/vault"
)

const (
	// patienceAge is how long the vault's setting is cached.
	patienceAge = time.Minute
	// patienceWait bounds reading it, since the storage may be unavailable.
	patienceWait = 5 * time.Second
)

// patience is the vault's setting as last read. It is safe for concurrent use.
type patience struct {
	vault *vault.Vault
	mu    sync.Mutex
	known time.Duration
	read  time.Time
}

func newPatience(v *vault.Vault) *patience { return &patience{vault: v, known: outage.DefaultPatience} }

// limit returns how long steps wait for an unavailable service.
func (p *patience) limit(ctx context.Context) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.read) < patienceAge {
		return p.known
	}
	ctx, cancel := context.WithTimeout(ctx, patienceWait)
	defer cancel()
	p.read = time.Now()
	if settings, err := p.vault.GetSettings(ctx); err == nil {
		p.known = settings.Waits()
	}
	return p.known
}
