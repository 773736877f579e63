// Package printable escapes text from strangers: names of tables and roles,
// messages of servers, inputs of jobs. A terminal acts on control characters, a
// reader is misled by bidirectional marks and invisible characters, and Temporal's
// UI renders Markdown.
//
// A character is escaped as \uXXXX, a character beyond U+FFFF as two of them, so
// that escaped JSON is the same JSON. A byte that is no UTF-8 is escaped as
// U+FFFD, its replacement character.
//
// Imports of this module: none.
package printable
