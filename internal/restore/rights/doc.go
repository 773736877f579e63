// Package rights finds what a role lacks to restore a dump, before anything is
// changed, and the SQL that gives it exactly that.
//
// It reads the catalogs of the target only. What a dump names is a stranger's:
// no statement makes a role a member of a superuser, of a predefined role or of
// a service's role, and all names are quoted.
//
// The server asks the following of a role that is not a superuser, which the
// tests check against real servers:
//
//   - To give an object to its owner, the role must be able to SET ROLE to the
//     owner, and must have its privileges to fill the object afterwards. From
//     PostgreSQL 16 on these are two options of a membership.
//   - The owner must be allowed to create in the object's schema. The restore
//     lends that to it.
//   - To lock a table as rows alone do, a role needs UPDATE, DELETE, TRUNCATE or,
//     from PostgreSQL 17 on, MAINTAIN. To silence triggers and to defer foreign
//     keys, it needs the privileges of the owner.
//   - Functions of check constraints, generated columns and indexes run as the
//     role.
//
// Imports of this module: internal/archive, internal/failure,
// internal/failure/printable, internal/postgres, internal/postgres/pgtools,
// internal/restore/selection.
package rights
