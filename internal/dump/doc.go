// Package dump streams a database from pg_dump into a blob, with nothing in
// between.
//
// [Stream] promises that nothing is committed unless pg_dump ended well, and
// that what is committed is exactly the bytes it wrote. It may import
// internal/{blobstore,failure,pgtools,postgres,progress,signin,vault}.
package dump
