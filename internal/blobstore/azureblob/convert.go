package azureblob

import (
	"path"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"

	"github.com/pgvault/pgvault/internal/blobstore"
)

func pointers(m blobstore.Meta) map[string]*string {
	out := make(map[string]*string, len(m))
	for key, value := range m {
		out[key] = to.Ptr(value)
	}
	return out
}

// metaOf returns metadata with keys in lower case. Answers have them as
// canonical HTTP headers.
func metaOf(in map[string]*string) blobstore.Meta {
	out := make(blobstore.Meta, len(in))
	for key, value := range in {
		if value != nil {
			out[strings.ToLower(key)] = *value
		}
	}
	return out
}

// etagOf returns an ETag without quotes. Answers have quotes and listings do
// not.
func etagOf(tag *azcore.ETag) string {
	if tag == nil {
		return ""
	}
	return strings.Trim(string(*tag), `"`)
}

func quoted(etag string) *azcore.ETag { return to.Ptr(azcore.ETag(`"` + etag + `"`)) }

func conditions(c blobstore.Condition) *blob.AccessConditions {
	switch {
	case c.New:
		return &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: to.Ptr(azcore.ETagAny)}}
	case c.ETag != "":
		return &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: quoted(c.ETag)}}
	}
	return nil
}

// headers returns headers with which a browser shows a text blob.
func headers(name string) *blob.HTTPHeaders {
	kind := "application/octet-stream"
	switch path.Ext(name) {
	case ".json":
		kind = "application/json"
	case ".txt", ".sql":
		kind = "text/plain; charset=utf-8"
	}
	return &blob.HTTPHeaders{BlobContentType: &kind}
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
