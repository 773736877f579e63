package signintest

import (
	"context"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/azure"
)

// Given is a source that has one secret, whatever is asked for. It has no tokens.
type Given struct {
	Everyone
	Secret secret.String
}

var _ signin.Source = Given{}

// Everyone is a trust that refuses nothing.
type Everyone struct{}

// Allow returns nil.
func (Everyone) Allow(signin.Account) error { return nil }

// AllowPassword returns nil.
func (Everyone) AllowPassword(signin.Account, string) error { return nil }

// Newest returns the secret.
func (g Given) Newest(_ context.Context, url string) (azure.Secret, error) {
	return azure.Secret{Value: g.Secret, Version: "1", URL: url}, nil
}

// PostgresToken returns an empty token.
func (g Given) PostgresToken(context.Context) (secret.String, error) { return secret.String{}, nil }
