package blobstore

import (
	"path"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
)

// Meta is a blob's metadata. Keys are of [a-z0-9_]; values must be printable
// ASCII, since they travel as HTTP headers.
type Meta map[string]string

// Blob is a committed blob.
type Blob struct {
	Name string
	Size int64
	// ETag is without quotes, whether it comes from a listing or an answer.
	ETag         string
	LastModified time.Time
	Meta         Meta
	// Tier is that of a blob that was listed, or looked at; of any other it is empty.
	Tier Tier
	// Version is the ID of this version, where the account keeps earlier ones.
	Version string
	// Previous reports whether a listed version is not the current one:
	// the blob has been written over, or deleted.
	Previous bool
	// MD5 is the content's of one that was listed, where the storage knows it: of
	// what came in blocks it does not.
	MD5 []byte
	// Policy is the immutability policy of this version; only a listing with versions shows it.
	Policy ImmutabilityPolicy
}

func (m Meta) sdk() map[string]*string {
	out := make(map[string]*string, len(m))
	for key, value := range m {
		out[key] = to.Ptr(value)
	}
	return out
}

// metaOf lowers the keys, which answers give as canonical HTTP headers.
func metaOf(in map[string]*string) Meta {
	out := make(Meta, len(in))
	for key, value := range in {
		if value != nil {
			out[strings.ToLower(key)] = *value
		}
	}
	return out
}

func etagOf(tag *azcore.ETag) string {
	if tag == nil {
		return ""
	}
	return strings.Trim(string(*tag), `"`)
}

// ifMatch demands the blob with that ETag; "" demands nothing.
func ifMatch(etag string) *blob.AccessConditions {
	if etag == "" {
		return nil
	}
	return &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{
		IfMatch: to.Ptr(azcore.ETag(`"` + etag + `"`)),
	}}
}

// ifNew demands that there is no blob.
func ifNew() *blob.AccessConditions {
	return &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{
		IfNoneMatch: to.Ptr(azcore.ETagAny),
	}}
}

// headers lets a browser show what is text.
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
