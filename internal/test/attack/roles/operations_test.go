package roles_test

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// attacker is whoever has taken an identity over.
type attacker struct {
	context.Context
	storage blobstore.Backend
	now     time.Time
	// points are the vault's, oldest first, and target is the one under attack.
	points []manifest.Manifest
	target manifest.Manifest
}

// operation is something destructive. It ends with the first refusal.
type operation struct {
	name string
	do   func(a attacker) error
}

// path returns the name of a blob of the target.
func (a attacker) path(base string) string { return points + a.target.PointID + "/" + base }

func (a attacker) put(name string, content []byte, meta blobstore.Meta) error {
	_, err := a.storage.Put(a, name, content, meta, blobstore.Condition{})
	return err
}

// mark writes a state beside the target.
func (a attacker) mark(base string, state any) error { return a.state(a.path(base), state) }

func (a attacker) state(name string, state any) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return a.put(name, text, blobstore.Meta{"state": url.QueryEscape(string(text))})
}

// describe writes the target's manifest again with other metadata, as Set Blob
// Metadata does: content and name are the same, version and ETag are new.
func (a attacker) describe(change blobstore.Meta) error {
	there, _, err := a.storage.Stat(a, manifestName(a.target))
	if err != nil {
		return err
	}
	content, err := manifest.Encode(a.target)
	if err != nil {
		return err
	}
	for key, value := range change {
		there.Meta[key] = value
	}
	return a.put(there.Name, content, there.Meta)
}

func (a attacker) parts() []string {
	return []string{manifestName(a.target), signedName(a.target), a.target.Dump.Blob, a.target.Dump.BlocksBlob, a.target.Roles.Blob}
}

func (a attacker) delete(names ...string) error {
	for _, name := range names {
		if err := a.storage.Delete(a, name, blobstore.Condition{}); err != nil {
			return err
		}
	}
	return nil
}

// everyButTheLast does the same to all points but the newest.
func (a attacker) everyButTheLast(do func(a attacker) error) error {
	for _, m := range a.points[:len(a.points)-1] {
		b := a
		b.target = m
		if err := do(b); err != nil {
			return err
		}
	}
	return nil
}

func (a attacker) past() time.Time { return a.now.AddDate(0, -6, 0).UTC() }

func (a attacker) expired() vault.Retention {
	return vault.Retention{Policy: "nightly", Rule: "Default", Expires: a.past()}
}

func (a attacker) tombstone() vault.Tombstone {
	return vault.Tombstone{At: a.past(), Until: a.past().AddDate(0, 0, 1), Job: "delete/1"}
}

func (a attacker) damaged() vault.Verification {
	dump, _, _ := a.storage.Stat(a, a.target.Dump.Blob)
	return vault.Verification{ETag: dump.ETag, At: a.now, Job: "verify/1", Outcome: vault.OutcomeDamaged}
}

func expires(at time.Time) blobstore.Meta {
	return blobstore.Meta{"expires": at.UTC().Format(time.RFC3339)}
}

var garbage = []byte("garbage")

// overwrites replace what a point is made of.
var overwrites = []operation{
	{"overwrite manifest", func(a attacker) error { return a.put(manifestName(a.target), garbage, nil) }},
	{"overwrite dump", func(a attacker) error { return a.put(a.target.Dump.Blob, garbage, nil) }},
	{"overwrite block list", func(a attacker) error { return a.put(a.target.Dump.BlocksBlob, garbage, nil) }},
	{"overwrite roles", func(a attacker) error { return a.put(a.target.Roles.Blob, garbage, nil) }},
	{"manifest with a forged expiry", func(a attacker) error { return a.describe(expires(a.past())) }},
	{"manifest that names another dump", func(a attacker) error {
		return a.describe(blobstore.Meta{"dump": url.QueryEscape(a.path("dump-other.dump")), "sha256": "00"})
	}},
	{"archive the dump", func(a attacker) error { return a.storage.SetTier(a, a.target.Dump.Blob, blobstore.Archive) }},
}

// deletions take away, by whatever request.
var deletions = []operation{
	{"delete manifest", func(a attacker) error { return a.delete(manifestName(a.target)) }},
	{"delete dump", func(a attacker) error { return a.delete(a.target.Dump.Blob) }},
	{"delete block list", func(a attacker) error { return a.delete(a.target.Dump.BlocksBlob) }},
	{"delete roles", func(a attacker) error { return a.delete(a.target.Roles.Blob) }},
	{"delete all parts", func(a attacker) error { return a.delete(a.parts()...) }},
	{"delete manifest after a forged expiry", func(a attacker) error {
		if err := a.describe(expires(a.past())); err != nil {
			return err
		}
		return a.delete(manifestName(a.target))
	}},
	{"delete manifest after a forged retention", func(a attacker) error {
		if err := a.mark("retention.json", a.expired()); err != nil {
			return err
		}
		return a.delete(manifestName(a.target))
	}},
	{"delete vault.json", func(a attacker) error { return a.delete("vault.json") }},
	{"delete instance.json", func(a attacker) error { return a.delete("instances/" + instanceName + "/instance.json") }},
}

// marks are states beside the point.
var marks = []operation{
	{"tombstone", func(a attacker) error { return a.mark("tombstone.json", a.tombstone()) }},
	{"tombstone of a sweep", func(a attacker) error {
		stone := a.tombstone()
		stone.BySweep = true
		return a.mark("tombstone.json", stone)
	}},
	{"tombstone that is purging", func(a attacker) error {
		stone := a.tombstone()
		return a.mark("tombstone.json", map[string]any{"at": stone.At, "until": stone.Until, "job": "x", "purging": true})
	}},
	{"removal", func(a attacker) error { return a.put(a.path("removal.json"), []byte("{}\n"), nil) }},
	{"retention", func(a attacker) error { return a.mark("retention.json", a.expired()) }},
	{"retention, removal and tombstone", func(a attacker) error {
		if err := a.put(a.path("removal.json"), []byte("{}\n"), nil); err != nil {
			return err
		}
		if err := a.mark("retention.json", a.expired()); err != nil {
			return err
		}
		return a.mark("tombstone.json", a.tombstone())
	}},
	{"rehydration that names the dump", func(a attacker) error {
		return a.mark("rehydration.json", vault.Rehydration{Copy: a.target.Dump.Blob, Attempt: 1, Until: a.past(), Job: "x"})
	}},
	{"rehydration that names another point's dump", func(a attacker) error {
		return a.mark("rehydration.json", vault.Rehydration{Copy: a.points[0].Dump.Blob, Attempt: 1, Until: a.past(), Job: "x"})
	}},
	{"verification as damaged", func(a attacker) error { return a.mark("verification.json", a.damaged()) }},
	{"hold", func(a attacker) error { return a.put(a.path("hold-x.json"), garbage, blobstore.Meta{"job": "x"}) }},
	{"copy with a copy's name", func(a attacker) error { return a.copyTo("rehydrated-x.dump") }},
	{"copy with a dump's name", func(a attacker) error { return a.copyTo("dump-x.dump") }},
}

func (a attacker) copyTo(base string) error {
	dump, _, err := a.storage.Stat(a, a.target.Dump.Blob)
	if err != nil {
		return err
	}
	return a.storage.StartCopy(a, blobstore.Rehydration{From: dump.Name, ETag: dump.ETag, To: a.path(base), Priority: blobstore.High})
}

// settings are of the whole vault.
var settings = []operation{
	{"vault.json without soft delete", func(a attacker) error {
		text, err := json.Marshal(instance.VaultSettings{SoftDelete: instance.SoftDelete{Off: true}})
		if err != nil {
			return err
		}
		if err := a.put("vault.json", text, nil); err != nil {
			return err
		}
		return a.mark("tombstone.json", a.tombstone())
	}},
	{"vault.json that cannot be read", func(a attacker) error { return a.put("vault.json", garbage, nil) }},
	{"instance.json that cannot be read", func(a attacker) error {
		return a.put("instances/"+instanceName+"/instance.json", garbage, nil)
	}},
	{"protection: data deleted", func(a attacker) error {
		return a.state("instances/"+instanceName+"/instance-protection.json", vault.Protection{State: vault.DataDeleted, Job: "x"})
	}},
	{"protection: retain as per policy", func(a attacker) error {
		return a.state("instances/"+instanceName+"/instance-protection.json", vault.Protection{State: vault.RetainAsPerPolicy, Job: "x"})
	}},
}

// falsePoint commits a point of garbage that is newer than all others.
func (a attacker) falsePoint() error {
	m := a.points[len(a.points)-1]
	m.ScheduledTime, m.PointID = a.now, vault.PointID(a.now, "run-ffffffff")
	names := vault.AttemptNames(instanceName, m.PointID, "r-1")
	for _, name := range []string{names.Blocks, names.Roles} {
		if err := a.put(name, garbage, nil); err != nil {
			return err
		}
	}
	dump, err := a.storage.Put(a, names.Dump, garbage, nil, blobstore.Condition{})
	if err != nil {
		return err
	}
	m.Dump = manifest.Dump{
		Blob: dump.Name, Size: dump.Size, ETag: dump.ETag, SHA256: blobstore.HashOf(garbage),
		BlocksBlob: names.Blocks, BlocksSize: dump.Size, BlocksSHA256: blobstore.HashOf(garbage),
	}
	m.Roles = manifest.Roles{Blob: names.Roles, Size: dump.Size, SHA256: blobstore.HashOf(garbage)}
	return vault.New(blobstore.New(a.storage, 0)).CommitPoint(a, statement.Unsigned{}, m)
}

// combined are what several forgeries are worth together.
var combined = []operation{
	{"retention and verification as damaged", func(a attacker) error {
		if err := a.mark("retention.json", a.expired()); err != nil {
			return err
		}
		return a.mark("verification.json", a.damaged())
	}},
	{"retention of the last point beside a false one", func(a attacker) error {
		if err := a.falsePoint(); err != nil {
			return err
		}
		a.target = a.points[len(a.points)-1]
		return a.mark("retention.json", a.expired())
	}},
	{"retention of all points but one", func(a attacker) error {
		return a.everyButTheLast(func(a attacker) error { return a.mark("retention.json", a.expired()) })
	}},
	{"tombstones of all points but one", func(a attacker) error {
		return a.everyButTheLast(func(a attacker) error { return a.mark("tombstone.json", a.tombstone()) })
	}},
	{"retention of all points, verified as damaged", func(a attacker) error {
		return a.everyButTheLast(func(a attacker) error {
			if err := a.mark("retention.json", a.expired()); err != nil {
				return err
			}
			return a.mark("verification.json", a.damaged())
		})
	}},
	{"retention of all points, with removals", func(a attacker) error {
		return a.everyButTheLast(func(a attacker) error {
			if err := a.mark("retention.json", a.expired()); err != nil {
				return err
			}
			return a.put(a.path("removal.json"), []byte("{}\n"), nil)
		})
	}},
}
