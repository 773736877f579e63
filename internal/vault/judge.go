package vault

import (
	"path"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// judge sets Good, Copied and Damage. A dump whose metadata names another block
// list is another dump, even if the lengths are equal.
func (p *Point) judge(verified *Verification) {
	dump, there := p.listedDump()
	p.Tier = dump.Tier
	if verified != nil && there && verified.ETag == dump.ETag {
		p.Verification = verified
	}
	if !p.Committed {
		return
	}
	p.Damage = p.listedDamage()
	list := dump.Meta[metaBlocks]
	other := list != "" && p.BlocksSHA256 != "" && list != p.BlocksSHA256
	switch {
	case p.Removing || len(p.Damage) > 0:
	case p.Verification != nil:
		p.Good = p.Verification.Outcome == OutcomeGood
	case dump.ETag == p.DumpETag:
		p.Good = true
	default:
		p.Copied = !other
	}
}

// unknown is a length that was not recorded.
const unknown = -1

// part is a blob that the point is made of, with its recorded length.
type part struct {
	name string
	size int64
}

// recorded returns the parts named in the manifest's metadata.
func (p *Point) recorded() []part {
	all := []part{
		{pointPrefix(p.Instance, p.ID) + manifestName, p.lengths.manifest},
		{p.blocksBlob(), p.lengths.blocks},
		{p.DumpBlob, p.DumpSize},
	}
	if p.lengths.fingerprints != unknown {
		all = append(all, part{p.fingerprintsBlob(), p.lengths.fingerprints})
	}
	if p.RolesBlob != "" {
		all = append(all, part{p.RolesBlob, p.lengths.roles})
	}
	return all
}

// blocksBlob returns the name of the dump's block list, which is derived from
// the dump's name.
func (p *Point) blocksBlob() string { return p.besideDump(blocksPrefix, ".txt") }

// fingerprintsBlob returns the name of the fingerprints that the dump's attempt
// has stored, if any.
func (p *Point) fingerprintsBlob() string { return p.besideDump(fingerprintsPrefix, ".json") }

// besideDump returns the name of another blob of the dump's attempt.
func (p *Point) besideDump(prefix, suffix string) string {
	return strings.TrimSuffix(strings.Replace(p.DumpBlob, "/"+dumpPrefix, "/"+prefix, 1), ".dump") + suffix
}

// listedDamage compares the recorded parts with the listing.
func (p *Point) listedDamage() (all []manifest.Damage) {
	for _, part := range p.recorded() {
		at := slices.IndexFunc(p.Blobs, func(b blobstore.Blob) bool { return b.Name == part.name })
		switch {
		case at < 0:
			all = append(all, manifest.Damage{Blob: path.Base(part.name), What: manifest.WhatMissing})
		case part.size == unknown && p.Blobs[at].Size > 0, part.size == p.Blobs[at].Size:
		default:
			all = append(all, manifest.Damage{Blob: path.Base(part.name), Offset: max(0, min(part.size, p.Blobs[at].Size)), What: manifest.WhatLength})
		}
	}
	return all
}

// readable reports whether the dump can be restored, with or without roles and
// fingerprints.
func (p *Point) readable() bool {
	if p.Good || p.Copied {
		return true
	}
	others := slices.ContainsFunc(p.Damage, func(d manifest.Damage) bool {
		return d.Blob != path.Base(p.RolesBlob) && d.Blob != path.Base(p.fingerprintsBlob())
	})
	return p.Committed && !p.Removing && len(p.Damage) > 0 && !others
}

// listedDump returns the listed blob that the manifest names as the dump.
func (p *Point) listedDump() (dump blobstore.Blob, there bool) {
	at := slices.IndexFunc(p.Blobs, func(b blobstore.Blob) bool { return b.Name == p.DumpBlob })
	if at < 0 {
		return blobstore.Blob{}, false
	}
	return p.Blobs[at], true
}
