package checks

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/signin"
)

// Runner runs checks. It is safe for concurrent use.
type Runner struct {
	Source signin.Source
	Now    func() time.Time
}

// Run runs the checks of a file in a database one after another, and returns a result
// for each. at is the time of the recovery point, which a statement may use as $1, of
// type timestamptz.
//
// Names in a check that are not qualified are looked up in pg_catalog only. Every
// check has a session of its own, so that nothing of it is left for the next one.
func (r Runner) Run(ctx context.Context, account signin.Account, file File, at time.Time, m *progress.Meter) ([]proof.Check, error) {
	m.Phase(proof.PhaseChecks)
	results := make([]proof.Check, 0, len(file.Checks))
	for _, c := range file.Checks {
		result, err := r.check(ctx, account, c, at, m)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

func (r Runner) check(ctx context.Context, account signin.Account, c Check, at time.Time, m *progress.Meter) (proof.Check, error) {
	// The check's own limit ends it, and data moves only at its end.
	line := m.Line("answer check "+c.Name, func(context.Context) bool { return true })
	defer line.Close()
	s := session{Runner: r, account: account}
	defer s.close(ctx)
	begin := r.Now()
	var answer bool
	err := s.run(ctx, c.Timeout, func(ctx context.Context, conn *pgx.Conn) (err error) {
		answer, err = ask(ctx, conn, c.SQL, at)
		return err
	})
	result := proof.Check{Name: c.Name, Elapsed: r.Now().Sub(begin)}
	var none *broken
	switch {
	case errors.As(err, &none):
		result.Outcome, result.SQLState, result.Reason = proof.CheckError, none.state, none.reason
	case err != nil:
		return proof.Check{}, err
	case answer:
		result.Outcome = proof.CheckPassed
	default:
		result.Outcome = proof.CheckFailed
	}
	return result, nil
}

// ask runs a check's statement by the extended protocol, which allows one statement
// only. It is not executed unless its result is one boolean column.
func ask(ctx context.Context, conn *pgx.Conn, sql string, at time.Time) (answer bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := conn.PgConn()
	statement, err := c.Prepare(ctx, "", sql, []uint32{pgtype.TimestamptzOID})
	if err != nil {
		return false, err
	}
	switch {
	case len(statement.ParamOIDs) > 1:
		return false, &broken{reason: "the statement has more parameters than $1"}
	case len(statement.Fields) != 1 || statement.Fields[0].DataTypeOID != pgtype.BoolOID:
		return false, &broken{reason: "the statement's result is not one boolean column"}
	}
	rows := c.ExecPrepared(ctx, "", [][]byte{[]byte(at.UTC().Format(time.RFC3339Nano))}, nil, nil)
	count := 0
	for count < 2 && rows.NextRow() {
		count++
		answer = string(rows.Values()[0]) == "t"
	}
	if count == 2 {
		cancel() // the other rows may be endless
		_, _ = rows.Close()
		return false, &broken{reason: "the statement returned more than one row"}
	}
	if _, err := rows.Close(); err != nil {
		return false, err
	}
	if count == 0 {
		return false, &broken{reason: "the statement returned no row"}
	}
	return answer, nil
}
