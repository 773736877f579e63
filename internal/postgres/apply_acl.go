package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// acl restores the database's privileges. A new database has the default ones:
// all for the owner, CONNECT and TEMPORARY for PUBLIC.
func (a *applier) acl(ctx context.Context, keepOwner bool) error {
	items, err := parseACL(a.facts.ACL)
	if err != nil {
		return err
	}
	if err := a.exec(ctx, fmt.Sprintf("REVOKE ALL ON DATABASE %s FROM PUBLIC", QuoteIdent(a.name))); err != nil {
		return err
	}
	if keepOwner {
		if err := a.ownerPrivileges(ctx, items); err != nil {
			return err
		}
	}
	// Grants by the owner come first: other grantors may depend on them for
	// their grant option.
	slices.SortStableFunc(items, func(x, y aclItem) int { return rank(x, a.facts.Owner) - rank(y, a.facts.Owner) })
	for _, item := range items {
		if item.Grantee == a.facts.Owner {
			continue
		}
		if err := a.grant(ctx, item); err != nil {
			return err
		}
	}
	return nil
}

func rank(item aclItem, owner string) int {
	if item.Grantor == owner {
		return 0
	}
	return 1
}

// ownerPrivileges revokes from the owner the privileges that the source's owner
// lacked.
func (a *applier) ownerPrivileges(ctx context.Context, items []aclItem) error {
	i := slices.IndexFunc(items, func(item aclItem) bool { return item.Grantee == a.facts.Owner && item.Grantor == a.facts.Owner })
	if i >= 0 && items[i].all() {
		return nil
	}
	var current string
	if err := a.conn.QueryRow(ctx, `SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1`, a.name).Scan(&current); err != nil {
		return err
	}
	statements := []string{fmt.Sprintf("REVOKE ALL ON DATABASE %s FROM %s", QuoteIdent(a.name), QuoteIdent(current))}
	if i >= 0 {
		statements = append(statements, items[i].grants(a.name, current)...)
	}
	for _, statement := range statements {
		if err := a.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// grant grants one item, as its original grantor if possible.
func (a *applier) grant(ctx context.Context, item aclItem) error {
	if item.Grantee != "" {
		exists, err := a.roleExists(ctx, item.Grantee)
		if err != nil {
			return err
		}
		if !exists {
			a.skip("privileges of role %q on the database: the role does not exist on the target", item.Grantee)
			return nil
		}
	}
	statements := item.grants(a.name, item.Grantee)
	if item.Grantor != a.facts.Owner {
		err := a.grantAs(ctx, item.Grantor, statements)
		if err == nil {
			return nil
		}
		if sqlState(err) == "" {
			return err
		}
		a.skip("grantor %q of privileges on the database: recorded as granted by the owner (%s)", item.Grantor, answerText(err))
	}
	for _, statement := range statements {
		if err := a.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) grantAs(ctx context.Context, grantor string, statements []string) error {
	all := append([]string{"SET LOCAL ROLE " + QuoteIdent(grantor)}, statements...)
	conn, _ := a.session(strings.Join(all, "; "))
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, statement := range all {
			if _, err := tx.Exec(ctx, bytesOf(statement)); err != nil {
				return err
			}
		}
		return nil
	})
}
