package document

import "github.com/pgvault/pgvault/internal/archive/contents"

// Contents is the document of pgvault contents.
type Contents struct {
	Instance string `json:"instance"`
	// Point is the ID of the recovery point.
	Point   string   `json:"point"`
	Objects []Object `json:"objects"`
	Outcome
}

// Object is an object of a dumped database.
type Object struct {
	Kind ObjectKind `json:"kind"`
	// Schema is absent for an object without one.
	Schema string `json:"schema,omitempty"`
	// Name is the name without the schema. That of a function has the types of its
	// arguments.
	Name string `json:"name"`
	// Rows counts the rows of a table, or the large objects; absent if it is unknown or
	// the object has none.
	Rows *int64 `json:"rows,omitempty"`
	// DataBytes is the length of the object's data in the dump, compressed.
	DataBytes int64 `json:"dataBytes"`
}

// ObjectKind is the kind of an object.
type ObjectKind string

// The kinds of objects.
const (
	Schema           ObjectKind = "schema"
	Extension        ObjectKind = "extension"
	Table            ObjectKind = "table"
	ForeignTable     ObjectKind = "foreign-table"
	View             ObjectKind = "view"
	MaterializedView ObjectKind = "materialized-view"
	Sequence         ObjectKind = "sequence"
	Function         ObjectKind = "function"
	Procedure        ObjectKind = "procedure"
	Aggregate        ObjectKind = "aggregate"
	Type             ObjectKind = "type"
	Domain           ObjectKind = "domain"
	// LargeObjects stands for all large objects.
	LargeObjects ObjectKind = "large-objects"
)

// ContentsOf returns the document of the objects of a point.
func ContentsOf(instance, point string, objects []contents.Object) *Contents {
	return &Contents{Instance: instance, Point: point, Objects: each(objects, func(o contents.Object) Object {
		return Object{Kind: ObjectKind(hyphenated(o.Kind)), Schema: o.Schema, Name: o.Name, Rows: o.Rows, DataBytes: o.Bytes}
	})}
}
