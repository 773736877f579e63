package vault

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/instance"
)

// InstanceState is the state stored beside an instance's points.
type InstanceState struct {
	// Name is the instance's name.
	Name string
	// Protection is Protected for an instance that was never stopped or does
	// not exist yet.
	Protection Protection
	definition blobstore.Blob
}

// GetInstanceState returns an instance's state from a single listing request.
func (v *Vault) GetInstanceState(ctx context.Context, name string) (InstanceState, error) {
	// The names of both blobs have this prefix, and the points' folder does
	// not.
	blobs, _, err := v.container.ListDirs(ctx, InstancePrefix(name)+"instance")
	if err != nil {
		return InstanceState{}, fmt.Errorf("look at instance %s: %w", name, err)
	}
	state := newState(name)
	for _, blob := range blobs {
		state.read(blob)
	}
	return state, nil
}

func newState(name string) InstanceState {
	return InstanceState{Name: name, Protection: Protection{State: Protected}}
}

// read reads one of the blobs beside the points.
func (s *InstanceState) read(blob blobstore.Blob) {
	switch blob.Name {
	case instanceName(s.Name):
		s.definition = blob
	case protectionPath(s.Name):
		s.Protection = readProtection(blob)
	}
}

// Since returns when the first definition of the instance was stored, and changed
// when the present one was, by the storage's clock.
func (s InstanceState) Since() (first, changed time.Time) {
	return since(s.definition), s.definition.LastModified
}

// Defines reports whether the stored definition equals i, judging by the
// storage's checksum. It returns false if the storage has no checksum of the
// blob; [Vault.PutInstance] compares the content.
func (s InstanceState) Defines(i instance.Instance) bool {
	encoded, err := encodeJSON(instanceName(i.Name), i)
	if err != nil || s.definition.Name != instanceName(i.Name) {
		return false
	}
	sum := md5.Sum(encoded)
	return bytes.Equal(s.definition.MD5, sum[:])
}
