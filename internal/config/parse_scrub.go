package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/progress"
)

// scrub reads the settings of scrubs. Every field has a default, so that {} turns
// scrubs on.
func (p *fileParser) scrub(into **instance.Scrub) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		s := instance.Scrub{
			// An hour after sweeps, so that nothing is read that one removes.
			Schedule: policy.Schedule{Times: []policy.TimeOfDay{{Hour: 6}}}.WithDefaults(),
			Every:    policy.Duration{Years: 1}, BytesPerRun: 500 << 30,
		}
		p.Object(n, nil, path,
			yamlreader.Optional("every", p.Parsed(&boundedDuration{into: &s.Every, check: instance.CheckScrubEvery})),
			yamlreader.Optional("bytesPerRun", p.Parsed(&boundedSize{into: &s.BytesPerRun, least: instance.LeastScrubBytes, most: instance.MostScrubBytes})),
			yamlreader.Optional("schedule", p.schedule(&s.Schedule)),
		)
		*into = &s
	}
}

// boundedSize is a number of bytes within limits.
type boundedSize struct {
	into        *int64
	least, most int64
}

func (b *boundedSize) UnmarshalText(text []byte) error {
	size, err := progress.ParseSize(string(text))
	if err != nil {
		return err
	}
	if size < b.least || size > b.most {
		return fmt.Errorf("%s is not within %s and %s", text, progress.Size(b.least), progress.Size(b.most))
	}
	*b.into = size
	return nil
}
