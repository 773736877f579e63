package sample

import (
	"context"
	"crypto/rand"
	_ "embed" // the SQL
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
)

//go:embed roles.sql
var rolesSQL string

//go:embed orders.sql
var ordersSQL string

//go:embed invoices.sql
var invoicesSQL string

// Sample has the files and URLs of the sample.
type Sample struct {
	// Configuration is the content of pgvault.yaml.
	Configuration string
	// AdminSecret is the URL of the secret of a role that may restore.
	AdminSecret string
}

// Create creates roles, databases and secrets.
func Create(ctx context.Context, e *localenv.Env) (*Sample, error) {
	if err := e.Postgres.Exec(ctx, "postgres", rolesSQL); err != nil {
		return nil, fmt.Errorf("make the sample's roles: %w", err)
	}
	for database, sql := range map[string]string{"orders": ordersSQL, "invoices": invoicesSQL} {
		if err := e.Postgres.Exec(ctx, "postgres", "CREATE DATABASE "+database+" OWNER shop_owner"); err != nil {
			return nil, fmt.Errorf("make the sample database: %w", err)
		}
		if err := e.Postgres.Exec(ctx, database, sql); err != nil {
			return nil, fmt.Errorf("fill the sample database: %w", err)
		}
	}
	backup, err := setPassword(ctx, e, "pgvault_backup")
	if err != nil {
		return nil, err
	}
	admin, err := setPassword(ctx, e, "shop_admin")
	if err != nil {
		return nil, err
	}
	// Azure Backup's own form of secret, and the form that other tools use.
	backupSecret := e.Azure.KeyVault.SetSecret("shop-orders", secret.New(fmt.Sprintf(
		"Server=%s;Database=orders;Port=%d;User Id=pgvault_backup;Password=%s;Ssl Mode=VerifyFull;", e.Postgres.Host, e.Postgres.Port, backup.Reveal())))
	adminValue, err := json.Marshal(map[string]any{
		"host": e.Postgres.Host, "port": e.Postgres.Port, "username": "shop_admin", "password": admin.Reveal(),
	})
	if err != nil {
		return nil, fmt.Errorf("make the administrator's secret: %w", err)
	}
	drillSecret, err := drillRole(ctx, e)
	if err != nil {
		return nil, err
	}
	return &Sample{
		AdminSecret:   e.Azure.KeyVault.SetSecret("shop-admin", secret.New(string(adminValue))),
		Configuration: configuration(e, backupSecret, drillSecret),
	}, nil
}

// drillRole makes the role of drills on the scratch server, with the rights of an
// administrator of a managed server, and returns the URL of its secret.
func drillRole(ctx context.Context, e *localenv.Env) (secretURL string, err error) {
	password := secret.New(rand.Text())
	if err := e.Scratch.Exec(ctx, "postgres", "CREATE ROLE shop_drill LOGIN CREATEDB CREATEROLE PASSWORD '"+password.Reveal()+"'"); err != nil {
		return "", fmt.Errorf("make the role of drills: %w", err)
	}
	return e.Azure.KeyVault.SetSecret("shop-drill", e.Scratch.URI("postgres", "shop_drill", password)), nil
}

func setPassword(ctx context.Context, e *localenv.Env, role string) (secret.String, error) {
	password := secret.New(rand.Text())
	if err := e.Postgres.Exec(ctx, "postgres", "ALTER ROLE "+role+" PASSWORD '"+password.Reveal()+"'"); err != nil {
		return secret.String{}, fmt.Errorf("set the password of %s: %w", role, err)
	}
	return password, nil
}

//go:embed pgvault.yaml
var template string

func configuration(e *localenv.Env, backupSecret, drillSecret string) string {
	return strings.NewReplacer(
		"{vault}", e.VaultURL,
		"{host}", e.Postgres.Host,
		"{port}", fmt.Sprint(e.Postgres.Port),
		"{secret}", backupSecret,
		"{scratch host}", e.Scratch.Host,
		"{scratch port}", fmt.Sprint(e.Scratch.Port),
		"{drill secret}", drillSecret,
	).Replace(template)
}
