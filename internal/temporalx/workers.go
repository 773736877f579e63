package temporalx

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// trustMark precedes the hash of a worker's trust file in its identity.
const trustMark = " trust="

// WorkerIdentity returns the identity by which a worker is listed: its process, its
// host, and the SHA-256 of its trust file.
func WorkerIdentity(trustHash string) string {
	return fmt.Sprintf("%d@%s%s%s", os.Getpid(), Hostname(), trustMark, trustHash)
}

// TrustHashes returns the trust files of the workers that have polled task queues
// within the last minutes: the SHA-256 of each, with the identities of its workers,
// sorted.
func TrustHashes(ctx context.Context, c client.Client, queues ...string) (map[string][]string, error) {
	found := map[string]map[string]bool{}
	for _, queue := range queues {
		described, err := c.DescribeTaskQueue(ctx, queue, enumspb.TASK_QUEUE_TYPE_ACTIVITY)
		if err != nil {
			return nil, RequestError("list the workers of task queue "+queue, err)
		}
		for _, poller := range described.GetPollers() {
			worker, hash, ok := strings.Cut(poller.GetIdentity(), trustMark)
			if !ok {
				hash = "none"
			}
			if found[hash] == nil {
				found[hash] = map[string]bool{}
			}
			found[hash][worker] = true
		}
	}
	hashes := map[string][]string{}
	for hash, workers := range found {
		hashes[hash] = slices.Sorted(maps.Keys(workers))
	}
	return hashes, nil
}
