// Package restore brings a dump back as a database.
//
// The database is made under a name of the job's own, loaded, given its own
// grants, settings and comment, and renamed at the end: nobody sees half of
// it, and a retry drops only what is its own. It may import
// internal/{failure,pgtools,postgres,progress,signin}.
package restore
