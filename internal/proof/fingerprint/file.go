package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"unicode/utf8"
	"unsafe"
)

// FormatVersion is the version of the file that this program writes. Readers
// reject higher versions; fields may be added without raising it.
const FormatVersion = 1

// File has the fingerprints of a database.
type File struct {
	FormatVersion int
	// Settings are the settings under which the text was written, by name.
	Settings     []Setting
	Tables       []Table
	Sequences    []Sequence
	LargeObjects []Object
}

// Setting is a setting of a session.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Name is a name in the archive's encoding. A name that is not UTF-8 is an
// object with its bytes in JSON.
type Name string

type rawName struct {
	Bytes []byte `json:"bytes"`
}

// MarshalJSON implements [json.Marshaler].
func (n Name) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(n)) {
		return json.Marshal(string(n))
	}
	return json.Marshal(rawName{Bytes: []byte(n)})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *Name) UnmarshalJSON(encoded []byte) error {
	var raw rawName
	if len(encoded) > 0 && encoded[0] == '{' {
		err := json.Unmarshal(encoded, &raw)
		*n = Name(raw.Bytes)
		return err
	}
	return json.Unmarshal(encoded, (*string)(n))
}

// Table is the fingerprint of the rows of a table.
type Table struct {
	// DumpID is the dump ID of the rows in the archive.
	DumpID int  `json:"dumpID"`
	Schema Name `json:"schema"`
	Name   Name `json:"name"`
	// Columns are the columns of the text, in its order: neither generated nor
	// dropped ones.
	Columns []Name `json:"columns"`
	// Into is the table that the rows are loaded into, if it is another one: a
	// partitioned table, which may put them into any of its partitions.
	Into *TableName `json:"into,omitempty"`
	// Filtered reports whether the extension that the table belongs to restricts
	// its dump to some rows. The condition is in pg_extension.
	Filtered bool `json:"filtered,omitempty"`
	Rows
	// Pieces are the fingerprints of the pieces of a table that was dumped in
	// pieces, in the order of the archive.
	Pieces []Rows `json:"pieces,omitempty"`
}

// TableName names a table.
type TableName struct {
	Schema Name `json:"schema"`
	Name   Name `json:"name"`
}

// Sequence is the value of a sequence.
type Sequence struct {
	Schema Name  `json:"schema"`
	Name   Name  `json:"name"`
	Last   int64 `json:"last"`
	// Called reports whether the next value follows Last; otherwise it is Last.
	Called bool `json:"called"`
}

// Object is the fingerprint of a large object.
type Object struct {
	OID    uint32 `json:"oid"`
	Bytes  int64  `json:"bytes"`
	SHA256 Hash   `json:"sha256"`
}

// Hash is a SHA-256. Its text is 64 hexadecimal digits.
type Hash [sha256.Size]byte

// String returns the 64 digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements [encoding.TextMarshaler].
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("a SHA-256 has 64 hexadecimal digits, and this one has %d characters", len(text))
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		return fmt.Errorf("a SHA-256: %w", err)
	}
	return nil
}

func (s Setting) text() int { return len(s.Name) + len(s.Value) }

func (t Table) text() int {
	size := len(t.Schema) + len(t.Name) + len(t.Pieces)*int(unsafe.Sizeof(Rows{}))
	if t.Into != nil {
		size += int(unsafe.Sizeof(*t.Into)) + len(t.Into.Schema) + len(t.Into.Name)
	}
	for _, c := range t.Columns {
		size += int(unsafe.Sizeof(c)) + len(c)
	}
	return size
}

func (s Sequence) text() int { return len(s.Schema) + len(s.Name) }

func (Object) text() int { return 0 }
