package signintest

import (
	"context"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/azure"
)

// Given is a source that has one secret, whatever is asked for. It has no tokens.
type Given struct{ Secret secret.String }

var _ signin.Source = Given{}

// Newest returns the secret.
func (g Given) Newest(_ context.Context, url string) (azure.Secret, error) {
	return azure.Secret{Value: g.Secret, Version: "1", URL: url}, nil
}

// PostgresToken returns an empty token.
func (g Given) PostgresToken(context.Context) (secret.String, error) { return secret.String{}, nil }
