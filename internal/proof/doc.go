// Package proof is the model of what a drill proves about a recovery point, and of
// the record that is kept as evidence.
//
// A drill restores a point, compares the restored database with what was dumped,
// runs checks, and drops the database. [Compared] has what the comparison found,
// [Record] all of the drill, and [Record.Verdict] the verdict. The package is
// pure. It names objects and counts rows, and holds no data of a database.
//
// Below it: fingerprint (what identifies the content of a database), readback and
// definitions (compare a restored database), checks (a user's checks and amcheck),
// chain (whether drills wrote the stored records) and report (sums up drills).
//
// Imports of this module: internal/proof/fingerprint.
package proof
