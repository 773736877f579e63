package localenv

// FamiliarPorts returns the ports of an environment for people.
func FamiliarPorts() []int {
	p := familiar
	return []int{p.postgres, p.azurite, p.temporal, p.temporalUI, p.identity, p.vault, p.metrics}
}
