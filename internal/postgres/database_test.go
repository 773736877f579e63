package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestReadServer(t *testing.T) {
	t.Parallel()
	conn := connect(t, target(t, localenvtest.Postgres(t), "postgres"))
	f, err := postgres.ReadServer(t.Context(), conn)
	require.NoError(t, err)
	require.Regexp(t, `^\d+(\.\d+|[a-z]+\d*)$`, f.Version)
	require.Equal(t, f.VersionNum/10000, f.Major)
	require.GreaterOrEqual(t, f.Major, 12)
	require.False(t, f.InRecovery)
}

// The test creates a database with every property and another one from its
// facts.
func TestFactsGoRound(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	admin := connect(t, target(t, p, "postgres"))
	owner, _ := localenvtest.User(t)
	reader, _ := localenvtest.User(t)
	friend, _ := localenvtest.User(t)
	odd := `Odd "role"=` + reader
	source, copied := `Odd "source" `+owner, `Odd "copy" `+owner
	q := postgres.QuoteIdent
	run(t, admin,
		"CREATE ROLE "+q(odd),
		"CREATE DATABASE "+q(source)+" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' CONNECTION LIMIT 17",
		"ALTER DATABASE "+q(source)+" OWNER TO "+owner,
		"COMMENT ON DATABASE "+q(source)+` IS 'it''s a \ comment'`,
		"REVOKE TEMPORARY ON DATABASE "+q(source)+" FROM PUBLIC",
		"GRANT CONNECT ON DATABASE "+q(source)+" TO "+q(odd),
		"GRANT ALL ON DATABASE "+q(source)+" TO "+reader+" WITH GRANT OPTION",
		"SET ROLE "+reader, "GRANT CREATE ON DATABASE "+q(source)+" TO "+friend, "RESET ROLE",
		"ALTER DATABASE "+q(source)+` SET search_path = "Odd, schema", public, "$user"`,
		"ALTER DATABASE "+q(source)+` SET work_mem = '7MB'`,
		"ALTER DATABASE "+q(source)+` SET app.text = 'a, ''b'' \ c=d'`,
		"ALTER ROLE "+q(odd)+" IN DATABASE "+q(source)+` SET statement_timeout = '5min'`,
	)
	t.Cleanup(func() {
		for _, name := range []string{source, copied} {
			require.NoError(t, postgres.DropDatabase(context.Background(), admin, name))
		}
		_, err := admin.Exec(context.Background(), "DROP ROLE "+q(odd))
		require.NoError(t, err)
	})
	inSource := connect(t, target(t, p, source))
	run(t, inSource, "CREATE SCHEMA s", "CREATE TABLE s.t (id serial)", "CREATE TABLE s.p (id int) PARTITION BY RANGE (id)", "SELECT lo_create(0)")
	facts, err := postgres.ReadDatabase(t.Context(), inSource)
	require.NoError(t, err)
	require.Equal(t, []any{source, "UTF8", "C", "C.UTF-8", "icu", "de-DE", owner, `it's a \ comment`, "pg_default", 17},
		[]any{facts.Name, facts.Encoding, facts.Collate, facts.Ctype, facts.LocaleProvider, facts.ICULocale, facts.Owner, facts.Comment, facts.Tablespace, facts.ConnectionLimit})
	require.NotEmpty(t, facts.CollationVersion)
	require.Positive(t, facts.SizeBytes)
	require.Equal(t, []int64{2, 1, 2, 1}, []int64{facts.Tables, facts.Sequences, facts.Schemas, facts.LargeObjects})
	require.False(t, facts.ACLIsDefault)
	require.Len(t, facts.Settings, 4)

	require.NoError(t, postgres.CreateDatabase(t.Context(), admin, copied, facts))
	skipped, err := postgres.ApplyDatabaseFacts(t.Context(), admin, copied, facts, postgres.ApplyOptions{Owner: true, ACL: true})
	require.NoError(t, err)
	require.Empty(t, skipped)
	again, err := postgres.ReadDatabase(t.Context(), connect(t, target(t, p, copied)))
	require.NoError(t, err)
	require.ElementsMatch(t, facts.ACL, again.ACL)
	for _, f := range []*postgres.DatabaseFacts{&facts, &again} {
		f.Name, f.ACL, f.SizeBytes, f.Tables, f.Sequences, f.Schemas, f.LargeObjects = "", nil, 0, 0, 0, 0, 0
	}
	require.Equal(t, facts, again)
}

func TestApplyLeavesOutWhatTheTargetLacks(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	admin := connect(t, target(t, p, "postgres"))
	skipped, err := postgres.ApplyDatabaseFacts(t.Context(), admin, database, postgres.DatabaseFacts{
		Owner: "gone_owner", Tablespace: "fast", ConnectionLimit: -1, AllowConnections: true,
		ACL: []string{"gone_owner=CTc/gone_owner", "gone_reader=c/gone_owner", "=c/gone_owner", "postgres=C/gone_reader"},
		Settings: []postgres.Setting{
			{Role: "gone_role", Name: "work_mem", Value: "1MB"}, {Name: "no_such_setting", Value: "1"}, {Name: "odd name.x", Value: "1"}, {Name: "work_mem", Value: "3MB"},
		},
	}, postgres.ApplyOptions{Owner: true, ACL: true})
	require.NoError(t, err)
	require.Len(t, skipped, 7)
	for i, want := range []string{"fast", "gone_role", "no_such_setting", "odd name.x", "gone_reader", "gone_reader", "gone_owner"} {
		require.Contains(t, skipped[i], want)
	}
	facts, err := postgres.ReadDatabase(t.Context(), connect(t, target(t, p, database)))
	require.NoError(t, err)
	require.Equal(t, []postgres.Setting{{Name: "work_mem", Value: "3MB"}}, facts.Settings)
	require.ElementsMatch(t, []string{"=c/postgres", "postgres=CTc/postgres"}, facts.ACL)
}

func TestApplyWithoutOwnerAndACL(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	owner, _ := localenvtest.User(t)
	_, err := postgres.ApplyDatabaseFacts(t.Context(), connect(t, target(t, p, "postgres")), database, postgres.DatabaseFacts{
		Owner: owner, ACL: []string{owner + "=CTc/" + owner}, ConnectionLimit: 3,
	}, postgres.ApplyOptions{})
	require.NoError(t, err)
	facts, err := postgres.ReadDatabase(t.Context(), connect(t, target(t, p, database)))
	require.NoError(t, err)
	require.True(t, facts.ACLIsDefault)
	require.Equal(t, "postgres", facts.Owner)
	require.Equal(t, 3, facts.ConnectionLimit)
}

// As on a managed server, the user of the restore may create databases and is
// not a superuser.
func TestApplyAsAnOrdinaryUser(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	user, password := localenvtest.User(t)
	owner, _ := localenvtest.User(t)
	admin := connect(t, target(t, p, "postgres"))
	to := target(t, p, "postgres")
	to.User, to.Password = user, fixed(password)
	conn := connect(t, to)
	name := "made_by_" + user
	facts := postgres.DatabaseFacts{Encoding: "UTF8", Collate: "C", Ctype: "C", LocaleProvider: "libc", Owner: owner, ConnectionLimit: -1,
		Comment: "c", ACL: []string{owner + "=CTc/" + owner, "=c/" + owner}, Settings: []postgres.Setting{{Name: "work_mem", Value: "3MB"}, {Name: "log_statement", Value: "all"}}}
	err := postgres.CreateDatabase(t.Context(), conn, name, facts)
	require.Equal(t, failure.MissingRestorePermissions, failure.CodeOf(err))
	require.Contains(t, err.Error(), fmt.Sprintf(`ALTER ROLE "%s" CREATEDB;`, user))

	run(t, admin, "ALTER ROLE "+user+" CREATEDB")
	require.NoError(t, postgres.CreateDatabase(t.Context(), conn, name, facts))
	t.Cleanup(func() { require.NoError(t, postgres.DropDatabase(context.Background(), admin, name)) })
	skipped, err := postgres.ApplyDatabaseFacts(t.Context(), conn, name, facts, postgres.ApplyOptions{Owner: true, ACL: true})
	require.Equal(t, failure.MissingRestorePermissions, failure.CodeOf(err))
	require.Contains(t, err.Error(), fmt.Sprintf(`GRANT "%s" TO "%s";`, owner, user))
	require.Len(t, skipped, 1)
	require.Contains(t, skipped[0], "log_statement")

	run(t, admin, "GRANT "+owner+" TO "+user)
	_, err = postgres.ApplyDatabaseFacts(t.Context(), conn, name, facts, postgres.ApplyOptions{Owner: true, ACL: true})
	require.NoError(t, err)
	again, err := postgres.ReadDatabase(t.Context(), connect(t, target(t, p, name)))
	require.NoError(t, err)
	require.Equal(t, owner, again.Owner)
	require.ElementsMatch(t, facts.ACL, again.ACL)
}

func TestCreateRenameDrop(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	taken := localenvtest.Database(t)
	admin := connect(t, target(t, p, "postgres"))
	facts := postgres.DatabaseFacts{Encoding: "UTF8", Collate: "C", Ctype: "C"}
	temporary := "pgvault restore " + taken

	require.Equal(t, failure.DatabaseNameAlreadyInUse, failure.CodeOf(postgres.CreateDatabase(t.Context(), admin, taken, facts)))
	require.NoError(t, postgres.CreateDatabase(t.Context(), admin, temporary, facts))
	err := postgres.RenameDatabase(t.Context(), admin, temporary, taken)
	require.Equal(t, failure.DatabaseNameAlreadyInUse, failure.CodeOf(err))
	require.Contains(t, err.Error(), taken)
	require.NoError(t, postgres.RenameDatabase(t.Context(), admin, temporary, temporary+" 2"))
	require.Equal(t, failure.DBNotFound, failure.CodeOf(postgres.RenameDatabase(t.Context(), admin, temporary, "x")))

	// It has a session and is a template.
	connect(t, target(t, p, temporary+" 2"))
	run(t, admin, `ALTER DATABASE "`+temporary+` 2" IS_TEMPLATE true`)
	require.NoError(t, postgres.DropDatabase(t.Context(), admin, temporary+" 2"))
	require.NoError(t, postgres.DropDatabase(t.Context(), admin, temporary+" 2"), "a missing one is no error")

	err = postgres.CreateDatabase(t.Context(), admin, temporary, postgres.DatabaseFacts{Encoding: "UTF8", Collate: "xx_XX", Ctype: "xx_XX"})
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
	require.Contains(t, err.Error(), "xx_XX")
}

func TestNothingIsCreatedWhereOneMayOnlyRead(t *testing.T) {
	t.Parallel()
	admin := connect(t, target(t, localenvtest.Postgres(t), "postgres"))
	run(t, admin, "SET default_transaction_read_only = on")
	err := postgres.CreateDatabase(t.Context(), admin, "never made", postgres.DatabaseFacts{Encoding: "UTF8", Collate: "C", Ctype: "C"})
	require.Equal(t, failure.MissingRestorePermissions, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, admin.Config().User)
}

func TestCreateDatabaseSQLForEachVersion(t *testing.T) {
	t.Parallel()
	libc := postgres.DatabaseFacts{Encoding: "UTF8", Collate: "de_DE.UTF-8", Ctype: "C"}
	icu := postgres.DatabaseFacts{Encoding: "UTF8", Collate: "C", Ctype: "C", LocaleProvider: "icu", ICULocale: "und", ICURules: "&V << w <<< W"}
	builtin := postgres.DatabaseFacts{Encoding: "UTF8", Collate: "C", Ctype: "C", LocaleProvider: "builtin", ICULocale: "C.UTF-8"}
	for _, c := range []struct {
		facts postgres.DatabaseFacts
		major int
		want  string
	}{
		{libc, 12, `CREATE DATABASE "n" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'de_DE.UTF-8' LC_CTYPE 'C'`},
		{libc, 15, `CREATE DATABASE "n" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER "libc" LC_COLLATE 'de_DE.UTF-8' LC_CTYPE 'C'`},
		{icu, 15, `CREATE DATABASE "n" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER "icu" ICU_LOCALE 'und' LC_COLLATE 'C' LC_CTYPE 'C'`},
		{icu, 16, `CREATE DATABASE "n" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER "icu" ICU_LOCALE 'und' ICU_RULES '&V << w <<< W' LC_COLLATE 'C' LC_CTYPE 'C'`},
		{builtin, 17, `CREATE DATABASE "n" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER "builtin" BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'`},
	} {
		require.Equal(t, c.want, postgres.CreateDatabaseSQL("n", c.facts, c.major))
	}
}

// Sessions that the role may end are ended. For others RenameDatabase waits,
// and then names them.
func TestOthersInADatabaseThatIsRenamed(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	user, password := localenvtest.User(t)
	run(t, connect(t, target(t, p, "postgres")), "ALTER ROLE "+user+" CREATEDB", "ALTER DATABASE "+database+" OWNER TO "+user)
	as := target(t, p, "postgres")
	as.User, as.Password = user, fixed(password)
	owner := connect(t, as)
	agent := connect(t, target(t, p, database))
	err := postgres.RenameDatabase(t.Context(), owner, database, database+"_2")
	require.Equal(t, failure.DatabaseInUse, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, fmt.Sprintf("user %q (PID %d", p.Superuser, agent.PgConn().PID()))
	require.ErrorContains(t, err, "pg_terminate_backend")

	// The database accepts connections again. One session ends meanwhile, and
	// one is ended.
	as.Database = database
	connect(t, as)
	renamed := make(chan error, 1)
	go func() { renamed <- postgres.RenameDatabase(t.Context(), owner, database, database+"_2") }()
	require.NoError(t, agent.Close(t.Context()))
	require.NoError(t, <-renamed)
	require.NoError(t, postgres.RenameDatabase(t.Context(), owner, database+"_2", database))
	connect(t, as)
}

// The replication slot exists or does not.
func TestASubscriptionKeepsNoDatabase(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	admin := connect(t, target(t, p, "postgres"))
	for _, options := range []string{"connect = false", "connect = false, slot_name = NONE"} {
		name := database + "_subscribed"
		run(t, admin, "CREATE DATABASE "+name)
		run(t, connect(t, target(t, p, name)), "SELECT 1",
			fmt.Sprintf(`CREATE SUBSCRIPTION "away %s" CONNECTION 'host=nowhere.invalid dbname=x' PUBLICATION p WITH (%s)`, database, options))
		run(t, admin, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false")
		require.NoError(t, postgres.DropDatabase(t.Context(), admin, name))
		_, found, err := postgres.DatabaseOID(t.Context(), admin, name)
		require.NoError(t, err)
		require.False(t, found)
	}
}

// The error names the database and who may drop it.
func TestADatabaseThatTheRoleMayNotDrop(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	user, password := localenvtest.User(t)
	as := target(t, p, "postgres")
	as.User, as.Password = user, fixed(password)
	err := postgres.DropDatabase(t.Context(), connect(t, as), database)
	require.Equal(t, failure.MissingRestorePermissions, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, `DROP DATABASE "`+database+`"`)
}

func TestLookups(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	user, password := localenvtest.User(t)
	admin := connect(t, target(t, p, "postgres"))
	oid, found, err := postgres.DatabaseOID(t.Context(), admin, database)
	require.NoError(t, err)
	require.True(t, found)
	name, err := postgres.DatabaseName(t.Context(), admin, oid)
	require.NoError(t, err)
	require.Equal(t, database, name)
	_, found, err = postgres.DatabaseOID(t.Context(), admin, "no such")
	require.NoError(t, err)
	require.False(t, found)
	name, err = postgres.DatabaseName(t.Context(), admin, 1<<31)
	require.NoError(t, err)
	require.Empty(t, name)

	rights, err := postgres.ReadRights(t.Context(), admin)
	require.NoError(t, err)
	require.Equal(t, postgres.Rights{Role: "postgres", Superuser: true, CreateDatabase: true, CreateRole: true}, rights)
	to := target(t, p, "postgres")
	to.User, to.Password = user, fixed(password)
	rights, err = postgres.ReadRights(t.Context(), connect(t, to))
	require.NoError(t, err)
	require.Equal(t, postgres.Rights{Role: user}, rights)
}
