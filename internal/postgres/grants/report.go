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

// Object is an object on which the role lacks a privilege. For large objects
// Name is the OID. Schema is set for tables and sequences only.
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
	// Forced reports whether the policies apply to the owner too.
	Forced bool
}

// DefaultPrivilege is a privilege that the role will lack on the future objects
// of another role.
type DefaultPrivilege struct {
	// Maker is the role that creates the objects.
	Maker string
	// Kind is Table, Sequence, Schema or LargeObject.
	Kind Kind
}

// Report lists what a role lacks.
type Report struct {
	// Role is the role whose rights count: the login, or the role that it is
	// set to.
	Role     string
	Database string
	// ServerMajor is the server's major version.
	ServerMajor int
	// Missing fails a dump now; in the order database, schemas, tables,
	// sequences, large objects.
	Missing []Object
	// HiddenRows fails a dump now.
	HiddenRows []HiddenRows
	// EmptySchemas lack USAGE and have nothing that a dump reads yet.
	EmptySchemas []Object
	// Defaults are missing for future objects.
	Defaults []DefaultPrivilege
	// login is the role that signs in.
	login string
	// inherits reports whether the role inherits the privileges of the roles it
	// is a member of.
	inherits bool
}

// Ready reports whether a dump by the role can read everything now.
func (r Report) Ready() bool { return len(r.Missing) == 0 && len(r.HiddenRows) == 0 }

// Complete reports whether nothing is left to grant, including for future
// objects.
func (r Report) Complete() bool {
	return r.Ready() && len(r.EmptySchemas) == 0 && len(r.Defaults) == 0
}
