package e2e_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/stretchr/testify/require"
)

// proven is what status and points say of drills.
type proven struct {
	Instances []struct {
		Drill struct {
			Due              time.Time
			Records          int
			Doubt            string
			RestoreSeconds   float64
			Last, LastProven struct{ Point, Verdict string }
		}
		Problems []struct{ Kind, Message, Remedy string }
	}
}

func (w *world) proven(t *testing.T, i instance) (p proven) {
	t.Helper()
	w.estate(t, i.Name) // it fits the schema
	require.NoError(t, json.Unmarshal([]byte(w.pgvault(t, "status", "-o", "json", i.Name).Stdout), &p))
	return p
}

// TestProofsInStatus drills a point, and then forges a record.
func TestProofsInStatus(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.drilled(t, "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
	older, point := w.backup(t, i), w.backup(t, i)
	require.Zero(t, w.proven(t, i).Instances[0].Drill.Records)
	w.ok(t, "drill", i.Name, "--wait")

	d := w.proven(t, i).Instances[0].Drill
	require.Equal(t, 1, d.Records)
	require.Equal(t, point, d.LastProven.Point)
	require.Positive(t, d.RestoreSeconds)
	require.Empty(t, d.Doubt)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 90), d.Due, 24*time.Hour)
	today := time.Now().UTC().Format("2006-01")
	points := w.ok(t, "points", i.Name)
	require.Regexp(t, point+` .* `+today+`-\d\d `+d.LastProven.Verdict+` +`+today+`-\d\d +good`, points)
	require.Regexp(t, older+` .* - +`+today+`-\d\d +good`, points, "it was read back by its backup, and not drilled")
	require.Contains(t, w.pgvault(t, "status", i.Name).Stdout, "proven       "+point)

	w.forgeProof(t, i, older)
	forged := w.proven(t, i).Instances[0]
	require.Equal(t, point, forged.Drill.LastProven.Point)
	require.NotEmpty(t, forged.Drill.Doubt)
	require.Equal(t, "drill-failed", forged.Problems[0].Kind)
	require.Contains(t, forged.Problems[0].Remedy, "pgvault proof verify "+i.Name)
}

// forgeProof stores a copy of the first record as the second, with metadata that say
// that another point is proven.
func (w *world) forgeProof(t *testing.T, i instance, point string) {
	t.Helper()
	folder := w.container(t)
	first, err := folder.NewBlobClient("proofs/"+i.Name+"/00000001.json").DownloadStream(t.Context(), nil)
	require.NoError(t, err)
	var content bytes.Buffer
	_, err = content.ReadFrom(first.Body)
	require.NoError(t, err)
	_, err = folder.NewBlockBlobClient("proofs/"+i.Name+"/00000002.json").Upload(t.Context(), streaming.NopCloser(bytes.NewReader(content.Bytes())),
		&blockblob.UploadOptions{Metadata: map[string]*string{
			"point": &point, "verdict": to.Ptr("proven"), "recorded": to.Ptr(time.Now().UTC().Format(time.RFC3339)),
		}})
	require.NoError(t, err)
}
