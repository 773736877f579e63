package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/restore"
)

func TestIndexesFollowTheRowsOfTheirTable(t *testing.T) {
	t.Parallel()
	a := restore.NewAgenda(nil, []string{"large", "small"}, map[string][]string{
		"large": {"CONSTRAINT pkey", "CONSTRAINT key", "INDEX one", "INDEX two"}, "small": {"INDEX three"},
	})
	large, small := a.Next(), a.Next()
	require.Equal(t, []string{"rows of large"}, large.Does())
	require.Equal(t, []string{"rows of small"}, small.Does())
	a.Loaded("large")
	constraints := large.Next()
	require.Equal(t, []string{"CONSTRAINT pkey", "CONSTRAINT key"}, constraints.Does(), "one after another")
	require.ElementsMatch(t, []string{"INDEX one", "INDEX two", "INDEX three"}, a.Left(), "what is not begun is pg_restore's")

	// An idle connection waits for tasks that may still become ready.
	waiting := make(chan restore.Task)
	go func() { waiting <- small.Next() }()
	one := constraints.Next()
	require.Equal(t, []string{"INDEX one"}, one.Does())
	two := <-waiting
	require.Equal(t, []string{"INDEX two"}, two.Does(), "side by side")
	require.Equal(t, []string{"INDEX three"}, a.Left(), "the rows of its table never came")
	go func() { waiting <- one.Next() }()
	require.Nil(t, two.Next().Does())
	require.Nil(t, (<-waiting).Does())
}

func TestTablesThatWaitForEachOther(t *testing.T) {
	t.Parallel()
	a := restore.NewAgenda([]string{"first", "second"}, []string{"other", "another"}, nil)
	first, other := a.Next(), a.Next()
	require.Equal(t, []string{"rows of first"}, first.Does())
	require.Equal(t, []string{"rows of other"}, other.Does())
	another := other.Next()
	require.Equal(t, []string{"rows of another"}, another.Does())
	second := first.Next() // even if its rows were refused
	require.Equal(t, []string{"rows of second"}, second.Does())
	waiting := make(chan restore.Task)
	go func() { waiting <- another.Next() }()
	require.Nil(t, second.Next().Does())
	require.Nil(t, (<-waiting).Does())
}
