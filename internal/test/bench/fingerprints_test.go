package bench_test

import (
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/test/bench"
)

func TestSamplesInFunctionsAndInWhatTheyCall(t *testing.T) {
	t.Parallel()
	stack := func(names ...string) (all []*profile.Location) {
		for _, name := range names {
			all = append(all, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
		}
		return all
	}
	inlined := &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: "a.f"}}, {Function: &profile.Function{Name: "b.(*Hasher).Write"}}}}
	p := &profile.Profile{Sample: []*profile.Sample{
		{Location: stack("a.f", "b.(*Hasher).Write", "main.main"), Value: []int64{3, 30}},
		{Location: []*profile.Location{inlined, {}}, Value: []int64{4, 40}},
		{Location: stack("a.f", "b.(*Other).Write"), Value: []int64{20, 200}},
		{Location: stack("b.(*Hasher).End", "b.(*Hasher).EndOf"), Value: []int64{1, 10}},
	}}
	in, all := bench.CountSamples(p, "b.(*Hasher)")
	require.Equal(t, int64(8), in)
	require.Equal(t, int64(28), all)
}

func TestTheHasherIsCountedByItsName(t *testing.T) {
	t.Parallel()
	write := reflect.ValueOf((*fingerprint.Hasher).WriteRows).Pointer()
	require.True(t, strings.HasPrefix(runtime.FuncForPC(write).Name(), bench.Hasher+"."))
}
