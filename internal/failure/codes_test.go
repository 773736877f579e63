package failure_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
)

func TestCodesAreThoseOfTheFile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("code.go")
	require.NoError(t, err)
	var declared []failure.Code
	for _, m := range regexp.MustCompile(`Code = "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
		declared = append(declared, failure.Code(m[1]))
	}
	require.Equal(t, declared, failure.Codes())
	require.Equal(t, failure.MassDeletion, failure.MassDeletion.Known())
	require.Equal(t, failure.Internal, failure.Code("x\ny").Known())
}
