package grants

// Kind is a kind of object.
type Kind string

// The kinds that a dump needs privileges on.
const (
	Database    Kind = "database"
	Schema      Kind = "schema"
	Table       Kind = "table"
	Sequence    Kind = "sequence"
	LargeObject Kind = "large object"
)

// Object is an object on which the role lacks a privilege. Name is the large
// object's OID for that kind; Schema is empty but for tables and sequences.
type Object struct {
	Kind   Kind
	Schema string
	Name   string
}

// HiddenRows is a table whose row-level security would hide rows from the role.
type HiddenRows struct {
	Schema string
	Table  string
	Owner  string
	// Forced reports whether the policies hold for the owner too.
	Forced bool
}

// DefaultPrivilege is one that the role will lack on what a role makes tomorrow.
type DefaultPrivilege struct {
	// Maker is the role that makes the objects.
	Maker string
	// Kind is Table, Sequence, Schema or LargeObject.
	Kind Kind
}

// Report says what the role lacks.
type Report struct {
	// Role is the role whose rights count: the one that signs in, unless it is
	// set to take on another.
	Role     string
	Database string
	// ServerMajor is the server's major version.
	ServerMajor int
	// Missing fails a dump today; in the order database, schemas, tables,
	// sequences, large objects.
	Missing []Object
	// HiddenRows fails a dump today, too.
	HiddenRows []HiddenRows
	// EmptySchemas lack USAGE and hold nothing that a dump reads yet.
	EmptySchemas []Object
	// Defaults are missing for tomorrow's objects.
	Defaults []DefaultPrivilege
	// login is the role that signs in.
	login string
	// inherits reports whether the role has the privileges of roles it is a member of.
	inherits bool
}

// Ready reports whether a dump by the role would read everything today.
func (r Report) Ready() bool { return len(r.Missing) == 0 && len(r.HiddenRows) == 0 }

// Complete reports whether there is nothing left to grant, tomorrow's objects included.
func (r Report) Complete() bool {
	return r.Ready() && len(r.EmptySchemas) == 0 && len(r.Defaults) == 0
}
