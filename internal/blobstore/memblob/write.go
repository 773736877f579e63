package memblob

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// Put implements [blobstore.Backend].
func (s *Store) Put(ctx context.Context, name string, content []byte, meta blobstore.Meta, c blobstore.Condition) (put blobstore.Blob, err error) {
	err = s.do(ctx, Put, func() error {
		if err := checkBlob(name, meta); err != nil {
			return err
		}
		if err := s.meets(name, c); err != nil {
			return err
		}
		v := s.replace(name, bytes.Clone(content), meta)
		sum := md5.Sum(content)
		v.MD5 = sum[:]
		delete(s.staged, name)
		put = written(v, meta)
		return nil
	})
	return put, err
}

// meets returns an error if a blob does not meet a condition.
func (s *Store) meets(name string, c blobstore.Condition) error {
	v := s.current(name)
	switch {
	case c.New && v != nil:
		return blobstore.ErrExists
	case c.ETag == "":
		return nil
	case v == nil:
		return blobstore.ErrNotFound
	case v.ETag != c.ETag:
		return blobstore.ErrChanged
	}
	return nil
}

// written returns the blob as an answer to a write has it.
func written(v *version, meta blobstore.Meta) blobstore.Blob {
	return blobstore.Blob{Name: v.Name, Size: v.Size, ETag: v.ETag, LastModified: v.LastModified, Meta: meta, Version: v.Version}
}

// StageBlock implements [blobstore.Backend].
func (s *Store) StageBlock(ctx context.Context, name, id string, content []byte, moved func()) error {
	err := s.do(ctx, StageBlock, func() error {
		if err := checkBlob(name, nil); err != nil {
			return err
		}
		blocks := s.staged[name]
		if err := s.checkBlock(blocks, id, content); err != nil {
			return fmt.Errorf("stage a block of %s: %w", name, err)
		}
		if blocks == nil {
			blocks = map[string][]byte{}
			s.staged[name] = blocks
		}
		blocks[id] = bytes.Clone(content)
		return nil
	})
	if err == nil {
		for range slices.Chunk(content, piece) {
			moved()
		}
	}
	return err
}

func (s *Store) checkBlock(blocks map[string][]byte, id string, content []byte) error {
	decoded, err := base64.StdEncoding.DecodeString(id)
	switch {
	case err != nil || len(decoded) == 0 || len(decoded) > 64:
		return fmt.Errorf("block ID %q is not base64 of 1 to 64 bytes", id)
	case len(content) == 0 || len(content) > s.o.MaxBlockSize:
		return fmt.Errorf("a block has 1 to %d bytes, and not %d", s.o.MaxBlockSize, len(content))
	case len(blocks) >= 2*s.o.MaxBlocks && blocks[id] == nil:
		return fmt.Errorf("a blob has at most %d uncommitted blocks", 2*s.o.MaxBlocks)
	}
	for other := range blocks {
		if len(other) != len(id) {
			return fmt.Errorf("block IDs %q and %q have different lengths", other, id)
		}
	}
	return nil
}

// CommitBlocks implements [blobstore.Backend].
func (s *Store) CommitBlocks(ctx context.Context, name string, ids []string, meta blobstore.Meta) (made blobstore.Blob, err error) {
	err = s.do(ctx, CommitBlocks, func() error {
		if err := checkBlob(name, meta); err != nil {
			return err
		}
		if err := s.meets(name, blobstore.Condition{New: true}); err != nil {
			return err
		}
		if len(ids) > s.o.MaxBlocks {
			return fmt.Errorf("commit %s: a blob has at most %d blocks, and not %d", name, s.o.MaxBlocks, len(ids))
		}
		var content []byte
		for _, id := range ids {
			block, ok := s.staged[name][id]
			if !ok {
				return fmt.Errorf("commit %s: block %q is not staged", name, id)
			}
			content = append(content, block...)
		}
		delete(s.staged, name)
		made = written(s.replace(name, content, meta), meta)
		made.Size = 0 // the answer has no size
		return nil
	})
	return made, err
}
