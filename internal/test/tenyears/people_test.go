package tenyears_test

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/reapply"
)

// people do to a vault what people do now and then.
func (w *world) people() {
	if w.chance(400) {
		w.outage = w.now.Add(time.Duration(1+w.random.IntN(6)) * week)
	}
	if w.chance(300) { // long enough that some points are about to expire
		w.noArchive = w.now.Add(time.Duration(w.random.IntN(400)) * day)
	}
	if w.chance(200) {
		w.policy = smallPolicy(w.random)
		w.seen.policies++
		if w.chance(2) {
			w.reapplyAt = w.now.Add(time.Duration(w.random.IntN(40)) * day)
		}
	}
	if !w.reapplyAt.IsZero() && w.now.After(w.reapplyAt) {
		w.reapplyAt = time.Time{}
		w.reapply()
	}
	if w.chance(150) {
		w.protection = pick(w.random, vault.Protected, vault.Protected, vault.RetainForever, vault.RetainAsPerPolicy)
	} else if w.protection != vault.Protected && w.chance(40) {
		w.protection = vault.Protected
	}
	if len(w.points) == 0 {
		return
	}
	w.relocate()
	w.drill()
	p := w.some()
	switch w.random.IntN(60) {
	case 0:
		w.delete(p)
	case 1, 2:
		if p.Deleted == nil {
			p.Holds = []string{"restore/1"}
			p.heldTill = w.now.Add(time.Duration(w.random.IntN(20)) * day)
		}
	case 3, 4, 5:
		if p.Deleted != nil {
			w.undelete(p)
		}
	}
}

// some returns a point: half of the time one of the newest, which matter most,
// and otherwise any.
func (w *world) some() *record {
	if w.chance(2) {
		return w.points[len(w.points)-1-w.random.IntN(min(3, len(w.points)))]
	}
	return pick(w.random, w.points...)
}

// drill restores a point and compares it, now and then and with long pauses.
func (w *world) drill() {
	if w.now.Before(w.noDrills) || !w.chance(7) {
		return
	}
	if w.chance(40) {
		w.noDrills = w.now.Add(time.Duration(w.random.IntN(500)) * day)
	}
	if p := w.some(); p.Restorable() && !p.inArchive {
		w.seen.drills++
		p.proven = !w.chance(6)
	}
}

// relocate copies the vault to another container. It is then unknown which
// points are good, until they are read back.
func (w *world) relocate() {
	switch w.random.IntN(500) {
	case 0:
		w.seen.moved++
		for _, p := range w.points {
			p.Good, p.Copied = false, p.Good || p.Copied
		}
	case 1, 2, 3, 4, 5, 6:
		for _, p := range w.points {
			if p.Copied && !p.inArchive && p.Deleted == nil && !w.chance(10) {
				p.Good, p.Copied = !w.chance(10), false
			}
		}
	}
}

// damage removes a point's dump.
func (w *world) damage() {
	if len(w.points) > 0 {
		p := w.some()
		p.Good, p.Copied = false, false
		w.seen.damaged++
	}
}

// delete deletes a point at a person's request, even the last good one.
func (w *world) delete(p *record) {
	if p.Deleted != nil || w.soft == 0 {
		return
	}
	p.Deleted = &vault.Tombstone{At: w.now, Until: w.now.Add(w.soft)}
	w.seen.deleted++
}

// undelete keeps a point that would expire at once for at least 14 days.
func (w *world) undelete(p *record) {
	p.Deleted = nil
	w.seen.undeleted++
	if least := w.now.Add(14 * day); p.Expires.Before(least) {
		p.Expires, p.expire = least, least
		p.Extended = &vault.Retention{Policy: p.Policy, Rule: p.Rule, Expires: least, ArchiveAt: p.ArchiveAt, AtLeast: least}
	}
}

// reapply reapplies the policy to the existing points and checks the result
// against the words.
func (w *world) reapply() {
	w.seen.reapplied++
	assign, err := reapply.ByRule(w.policy)
	require.NoError(w.t, err, w.name)
	listing := make([]vault.Point, len(w.points))
	byID := map[string]*record{}
	for i, p := range w.points {
		listing[i], byID[p.ID] = p.Point, p
	}
	for _, c := range reapply.Plan(listing, w.policy.Name, assign(listing)) {
		p := byID[c.Point]
		p.Extended, p.Policy, p.Rule, p.ArchiveAt, p.Expires = &c.To, c.To.Policy, c.To.Rule, c.To.ArchiveAt, c.To.Expires
		w.seen.changes++
	}
	w.reapplyInWords()
	for _, p := range w.points {
		if w.locks && p.LockedUntil.Before(p.Expires) {
			p.LockedUntil = p.Expires // the sweep corrects a lock that is too short
		}
	}
}

// reapplyInWords sets for every restorable point what it would get if it were
// committed now, oldest first. It shortens nothing that is locked or that a
// person asked to keep. A copied point counts for copied ones only.
func (w *world) reapplyInWords() {
	var good, all []time.Time
	for _, p := range w.points {
		if !p.Good && !p.Copied || p.Deleted != nil {
			continue
		}
		rule, ok := w.policy.Rule(p.wantRule)
		switch {
		case p.Trigger == manifest.TriggerSchedule && p.Good:
			rule = ruleInWords(w.policy, p.Time, good)
			good, all = append(good, p.Time), append(all, p.Time)
		case p.Trigger == manifest.TriggerSchedule:
			rule = ruleInWords(w.policy, p.Time, all)
			all = append(all, p.Time)
		case !ok:
			rule, _ = w.policy.Rule(policy.DefaultRule)
		}
		p.wantRule, p.policies = rule.Name, w.seen.policies
		archived, expires := endsInWords(w.policy.TimeZone, rule, p.Time)
		if p.expire = expires; !p.inArchive {
			p.archived = archived // an archived dump stays archived
		}
		if p.Extended != nil && p.Extended.AtLeast.After(p.expire) {
			p.expire = p.Extended.AtLeast
		}
		if p.LockedUntil.After(p.expire) {
			p.expire = p.LockedUntil
		}
	}
}
