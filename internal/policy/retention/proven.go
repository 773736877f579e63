package retention

// proven keeps back the removal of the newest proven point so far, and adds the
// removal of the one before if it was kept back. A point that only a sweep has
// deleted is not brought back.
func (p *Planner) proven(decisions []Decision) []Decision {
	if !p.Rules.KeepLastProven {
		return decisions
	}
	var free []Decision
	for _, d := range decisions {
		if !d.Point.Proven || !d.Point.Restorable() || !newest(p.State.Proven, &d.Point) {
			free = append(free, d)
			continue
		}
		if p.State.ProvenWaits {
			free = append(free, p.Rules.decide(*p.State.Proven))
		}
		point := d.Point
		p.State.Proven, p.State.ProvenWaits = &point, d.Remove
		if !d.Remove {
			free = append(free, d)
		}
	}
	return free
}

// lastProven returns the decision on the newest proven point if it waits.
func (p *Planner) lastProven() []Decision {
	if !p.State.ProvenWaits {
		return nil
	}
	return []Decision{keep(*p.State.Proven, LastProven, "the newest recovery point of its instance that a drill has proven stays until there is a newer one")}
}
