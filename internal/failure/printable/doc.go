// Package printable escapes and shortens text from strangers: names of tables and
// roles, messages of servers, inputs of jobs. A terminal acts on control
// characters, a reader is misled by bidirectional marks and invisible characters,
// and Temporal's UI renders Markdown.
//
// A character is escaped by its four hexadecimal digits behind \u, a character
// beyond U+FFFF by its two UTF-16 halves, so that escaped JSON is the same JSON. A
// byte that is no UTF-8 is escaped as U+FFFD, its replacement character.
//
// Imports of this module: none.
package printable
