package restore

import (
	"context"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/proof/readback"
	"github.com/pgvault/pgvault/internal/signin"
)

// compare compares the loaded rows with the fingerprints, if the job asks for it.
// Sequences are set from the dump afterwards, and large objects are not restored.
func (n *intoLoading) compare(ctx context.Context) error {
	if n.job.Fingerprints == nil {
		return nil
	}
	only := selectionOf(n.loading.toc, n.chosen)
	only.Sequences, only.LargeObjects, only.Schemas = nil, false, map[fingerprint.Name]fingerprint.Name{}
	for source, own := range n.own {
		only.Schemas[fingerprint.Name(source)] = fingerprint.Name(own)
	}
	// The comparison leaves the settings of the dump in its session.
	session, err := signin.Open(ctx, n.Source, n.job.Account)
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	line := n.databaseLine("compare the rows")
	defer line.Close()
	if _, err := session.Conn.Exec(ctx, "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"); err != nil {
		return postgres.Ended(ctx, postgres.Classify(err, session.Target))
	}
	f := *n.job.Fingerprints
	compared, err := readback.CompareWithin(ctx, session, readback.Request{Name: f.Name, Fingerprints: f.Open, Only: only}, n.share, n.meter)
	if err != nil {
		return err
	}
	n.compared = &compared
	return differing(n.job.Account.Database, compared)
}
