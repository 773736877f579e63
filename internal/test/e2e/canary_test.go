package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// dataCanaries are in rows, keys, settings, comments and code of databases whose
// jobs fail because of them.
var dataCanaries = []string{"Zanzibar Quail 7741", "Zanzibar", "774177417741"}

// keepLog searches for the canaries in the output of a process.
func keepLog(t reporter, kind string, content []byte) {
	t.Helper()
	noCanary(t, "what "+kind+" wrote", content)
	noData(t, "what "+kind+" wrote", content)
}

// noData reports data of a database, with the text around it.
func noData(t reporter, place string, content []byte) {
	t.Helper()
	for _, data := range dataCanaries {
		if at := bytes.Index(content, []byte(data)); at >= 0 {
			t.Errorf("data of a database stands in %s: %q", place, content[max(0, at-300):min(len(content), at+100)])
			return
		}
	}
}

func noCanary(t reporter, place string, content []byte) {
	t.Helper()
	if bytes.Contains(content, []byte(canary)) {
		t.Errorf("a password stands in %s", place)
	}
}

// search searches for the canaries in every history of a world and in its vault.
// It runs when the world ends.
func (w *world) search(t reporter) {
	ctx := context.Background()
	histories := w.searchHistories(ctx, t)
	blobs := w.searchBlobs(ctx, t)
	t.Logf("looked for passwords and data in %d histories and %d blobs", histories, blobs)
}

func (w *world) searchHistories(ctx context.Context, t reporter) (n int) {
	page, err := w.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: w.namespace, PageSize: 1000})
	require.NoError(t, err)
	for _, e := range page.GetExecutions() {
		id, run := e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId()
		noCanary(t, "the listing of job "+id, text(t, e))
		noData(t, "the listing of job "+id, text(t, e))
		for events := w.temporal.GetWorkflowHistory(ctx, id, run, false, 0); events.HasNext(); {
			event, err := events.Next()
			require.NoError(t, err)
			noCanary(t, "the history of job "+id, text(t, event))
			noData(t, "the history of job "+id, text(t, event))
		}
		n++
	}
	return n
}

// text returns a message in protobuf's encoding, which contains payloads
// unchanged, and as JSON.
func text(t reporter, m proto.Message) []byte {
	content, err := proto.Marshal(m)
	require.NoError(t, err)
	return append(content, protojson.Format(m)...)
}

func (w *world) searchBlobs(ctx context.Context, t reporter) (n int) {
	c := w.container(t)
	pages := c.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Include: container.ListBlobsInclude{Metadata: true}})
	for pages.More() {
		page, err := pages.NextPage(ctx)
		if bloberror.HasCode(err, bloberror.ContainerNotFound) {
			return n
		}
		require.NoError(t, err)
		for _, item := range page.Segment.BlobItems {
			noCanary(t, "the metadata of blob "+*item.Name, []byte(fmt.Sprint(item.Metadata)))
			noData(t, "the metadata of blob "+*item.Name, []byte(fmt.Sprint(item.Metadata)))
			if tier := item.Properties.AccessTier; tier != nil && *tier == container.AccessTierArchive {
				w.thaw(ctx, t, *item.Name)
			}
			content := w.download(ctx, t, *item.Name)
			noCanary(t, "blob "+*item.Name, content)
			if !strings.HasPrefix(*item.Name, "instances/") {
				noData(t, "blob "+*item.Name, content)
			}
			n++
		}
	}
	return n
}

// thaw makes an archived blob readable, which Azurite does at once.
func (w *world) thaw(ctx context.Context, t reporter, name string) {
	_, err := w.container(t).NewBlobClient(name).SetTier(ctx, blob.AccessTierHot, nil)
	require.NoError(t, err)
}

func (w *world) download(ctx context.Context, t reporter, name string) []byte {
	response, err := w.container(t).NewBlobClient(name).DownloadStream(ctx, nil)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	var content bytes.Buffer
	_, err = content.ReadFrom(response.Body)
	require.NoError(t, err)
	return content.Bytes()
}

// blobs returns the names of the vault's blobs, without the code under test.
func (w *world) blobs(t reporter, prefix string) (names []string) {
	pages := w.container(t).NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix})
	for pages.More() {
		page, err := pages.NextPage(context.Background())
		require.NoError(t, err)
		for _, item := range page.Segment.BlobItems {
			names = append(names, *item.Name)
		}
	}
	return names
}

// container returns the tests' own client for the vault's container.
func (w *world) container(t reporter) *container.Client {
	c, err := container.NewClient(w.env.VaultURL, w.env.Azurite.Credential(), &container.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: w.env.Azurite.Client()},
	})
	require.NoError(t, err)
	return c
}
