package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	pprofile "github.com/google/pprof/profile"
)

// hasher is the type that computes the fingerprints of rows, as profiles name it.
const hasher = "github.com/pgvault/pgvault/internal/proof/fingerprint.(*Hasher)"

// printed measures the share of a dump's processor time that the fingerprints of rows
// take, by CPU profiles of dumps that nothing else is measured of. A profile has a
// hundred samples a second, too few for a figure of one dump: the share is of the
// samples of all dumps.
func (r *runner) printed(ctx context.Context, shape string) error {
	if _, err := r.make(ctx, shape); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-profiles-")
	if err != nil {
		return fmt.Errorf("make a folder for profiles: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var sum samples
	for n := range r.Pairs {
		one, err := r.profiled(ctx, filepath.Join(dir, strconv.Itoa(n)))
		if err != nil {
			return err
		}
		sum.in, sum.all = sum.in+one.in, sum.all+one.all
	}
	fmt.Fprintf(r.Log, "  %d of %d samples are in the hasher of rows\n", sum.in, sum.all)
	if sum.all == 0 {
		return errors.New("the profiles of the dumps have no samples")
	}
	r.figures.add(shape, "fingerprint_share", ratio(sum.in, sum.all))
	return nil
}

// profiled makes a dump with a profile, and counts its samples.
func (r *runner) profiled(ctx context.Context, file string) (samples, error) {
	container, err := r.container(ctx)
	if err != nil {
		return samples{}, err
	}
	if err := r.settle(ctx); err != nil {
		return samples{}, err
	}
	_, err = r.run(ctx, task{
		Kind: "dump", Database: r.database, Container: container, Blob: "dump", Algorithm: "zstd", Level: 1, Connections: r.Connections, Profile: file,
	})
	if err != nil {
		return samples{}, err
	}
	return readSamples(file, hasher)
}

// samples are those of a CPU profile: all, and those in some functions.
type samples struct{ in, all int64 }

// readSamples reads a CPU profile. prefix is that of the names of functions.
func readSamples(file, prefix string) (samples, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return samples{}, fmt.Errorf("read a profile: %w", err)
	}
	p, err := pprofile.ParseData(content)
	if err != nil {
		return samples{}, fmt.Errorf("read a profile: %w", err)
	}
	return countSamples(p, prefix), nil
}

// countSamples counts the samples in functions or in what they call.
func countSamples(p *pprofile.Profile, prefix string) (s samples) {
	for _, sample := range p.Sample {
		count := sample.Value[0]
		s.all += count
		if slices.ContainsFunc(sample.Location, func(l *pprofile.Location) bool { return within(l, prefix) }) {
			s.in += count
		}
	}
	return s
}

// within reports whether a location is in a function, or in one that is inlined there.
func within(l *pprofile.Location, prefix string) bool {
	return slices.ContainsFunc(l.Line, func(line pprofile.Line) bool {
		return line.Function != nil && strings.HasPrefix(line.Function.Name, prefix)
	})
}
