package readback

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// maxName bounds a name in a message, in bytes.
const maxName = 200

// line returns text of a stranger for a line of a message.
func line(text string) string { return printable.Cut(printable.Line(text), maxName) }

// shown returns a name for messages.
func shown(n fingerprint.TableName) string { return line(string(n.Schema) + "." + string(n.Name)) }

// rowsText returns the fingerprint of rows in words.
func rowsText(r fingerprint.Rows) string { return fmt.Sprintf("%d rows, %s", r.Count, r.Sum) }
