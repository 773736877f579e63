package temporalx

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
)

func TestALateAnswerIsAskedForAgain(t *testing.T) {
	for name, late := range map[string]error{
		"the server's": serviceerror.NewDeadlineExceeded("no answer"),
		"the client's": context.DeadlineExceeded,
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			require.NoError(t, patiently(t.Context(), func() error {
				asked++
				if asked < tries {
					return late
				}
				return nil
			}))
			require.Equal(t, tries, asked)
			asked = 0
			require.ErrorIs(t, patiently(t.Context(), func() error { asked++; return late }), late)
			require.Equal(t, tries, asked)
		})
	}
}

func TestOtherFailuresAreNotAskedForAgain(t *testing.T) {
	asked := 0
	refused := errors.New("refused")
	require.ErrorIs(t, patiently(t.Context(), func() error { asked++; return refused }), refused)
	require.Equal(t, 1, asked)

	over, cancel := context.WithCancel(t.Context())
	cancel()
	asked = 0
	require.Error(t, patiently(over, func() error { asked++; return context.DeadlineExceeded }))
	require.Equal(t, 1, asked)
}
