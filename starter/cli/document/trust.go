package document

// TrustFile is the document of pgvault trust init.
type TrustFile struct {
	// VaultID is empty for a vault without an ID.
	VaultID string `json:"vaultID"`
	// File is the trust file.
	File string `json:"file"`
	Outcome
}

// TrustChecked is the document of pgvault trust check.
type TrustChecked struct {
	// File is the path of the trust file, or "builtin".
	File string `json:"file"`
	// SHA256 is the hash of the file, on which the workers of a vault must agree.
	SHA256   string   `json:"sha256"`
	Warnings []string `json:"warnings"`
	// Passed reports whether the file allows the backups of the instances.
	Passed    bool         `json:"passed"`
	Instances []Validation `json:"instances"`
	Outcome
}

// TrustKeys is the document of pgvault trust keys.
type TrustKeys struct {
	// File is the path of the trust file, or "builtin".
	File string `json:"file"`
	// SHA256 is the hash of the file.
	SHA256 string `json:"sha256"`
	// Required reports whether signatures are required.
	Required bool        `json:"required"`
	Keys     []PinnedKey `json:"keys"`
	// Added is the ID of the key that was added; absent if none was.
	Added string `json:"added,omitempty"`
	Outcome
}

// PinnedKey is a public key that a trust file pins.
type PinnedKey struct {
	// ID is the name and the version of the key in its Key Vault.
	ID    string     `json:"id"`
	Signs KeyPurpose `json:"signs"`
	// From is the first day on which the key is valid, in UTC.
	From string `json:"from"`
	// Until is the day from which on it is not valid any more; absent without an end.
	Until string `json:"until,omitempty"`
	// Revoked is the day from which on nothing that it has signed is accepted.
	Revoked string   `json:"revoked,omitempty"`
	State   KeyState `json:"state"`
	// PublicKey is the path of the key in PEM.
	PublicKey string `json:"publicKey"`
}

// KeyPurpose is what a key signs.
type KeyPurpose string

// The purposes.
const (
	SignsManifests KeyPurpose = "manifests"
	SignsEvidence  KeyPurpose = "evidence"
)

// KeyState is the state of a key.
type KeyState string

// The states of keys.
const (
	// KeySigns means that the key is valid and the one that signs now.
	KeySigns KeyState = "signs"
	KeyValid KeyState = "valid"
	// KeyNotYetValid means that its first day is to come.
	KeyNotYetValid KeyState = "not-yet-valid"
	KeyEnded       KeyState = "ended"
	KeyRevoked     KeyState = "revoked"
)

// KeyStateOf returns the state for words such as "not yet valid".
func KeyStateOf(words string) KeyState { return KeyState(hyphenated(words)) }
