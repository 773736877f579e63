package postgres

import "fmt"

// whyRefused explains by SQLSTATE why a server refuses a setting, a role's
// attribute or a membership that another server had. No content is lost, so a
// restore continues without it and reports it.
var whyRefused = map[string]string{
	"0A000": "the target does not support it",
	"0LP01": "the membership cannot be granted on the target",
	"22007": "a value that the target does not take",
	"22008": "a value that the target does not take",
	"22021": "a text that the target does not take",
	"22023": "a value that the target does not take",
	"22P02": "a value that the target does not take",
	"22P05": "a text that the target does not take",
	"23505": "another session has just created it, and it keeps what it has",
	"42501": "the signed-in role may not set this",
	"42602": "a name that the target does not take",
	"42622": "a name that the target does not take",
	"42704": "a role or setting that the target does not have",
	"42710": "the role exists, and keeps what it has",
	"42939": "a name that the target keeps to itself",
	"55P02": "the setting cannot be set here",
	"58P01": "it names a file that the target does not have",
	"F0000": "a value that the target does not take",
}

// Refusal returns why a server refused a statement that sets a property of a
// database or a role, with the server's message, and whether a restore may
// continue without it. An owner or a grant that needs a missing role is an
// error of its own.
func Refusal(err error) (why string, refused bool) {
	why, refused = whyRefused[sqlState(err)]
	if !refused {
		return "", false
	}
	return fmt.Sprintf("%s (%s)", why, answerText(err)), true
}
