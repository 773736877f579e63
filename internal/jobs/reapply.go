package jobs

// ReapplyPolicyInput starts a ReapplyPolicy.
type ReapplyPolicyInput struct {
	Instance string `json:"instance"`
	// DryRun reports the changes without making them.
	DryRun bool   `json:"dryRun,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Check implements [Input].
func (i ReapplyPolicyInput) Check() error { return CheckInstance(i.Instance) }

// ReapplyPolicyResult is the result of a ReapplyPolicy.
type ReapplyPolicyResult struct {
	Identity string `json:"identity,omitempty"`
	Policy   string `json:"policy"`
	Points   int    `json:"points"`
	Longer   int    `json:"longer"`
	Shorter  int    `json:"shorter"`
	// Report is the name of the blob that lists the changes.
	Report string `json:"report"`
}
