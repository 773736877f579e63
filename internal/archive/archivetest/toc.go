package archivetest

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"testing"

	"github.com/pgvault/pgvault/internal/archive"
)

// TOC returns the table of contents of an archive with the entries. An entry
// without an ID gets that of its position, from 1.
func TOC(t testing.TB, entries ...archive.Entry) *archive.TOC {
	t.Helper()
	toc, err := archive.ReadTOC(bytes.NewReader(Bytes(entries...)))
	if err != nil {
		t.Fatalf("read the table of contents: %s", err)
	}
	return toc
}

// Bytes returns the header and table of contents of an archive of version 1.14,
// as [TOC] reads them.
func Bytes(entries ...archive.Entry) []byte {
	b := &builder{}
	b.WriteString("PGDMP\x01\x0e\x00\x04\x08\x01")
	b.ints(0, 0, 0, 0, 0, 0, 0, 0)
	b.texts("", "", "")
	b.ints(len(entries))
	for i, e := range entries {
		if e.DumpID == 0 {
			e.DumpID = i + 1
		}
		b.entry(e)
	}
	return b.Bytes()
}

// builder encodes an archive.
type builder struct{ bytes.Buffer }

func (b *builder) entry(e archive.Entry) {
	b.ints(e.DumpID, 0)
	b.texts(strconv.Itoa(int(e.TableOID)), strconv.Itoa(int(e.OID)), e.Tag, e.Desc)
	b.ints(int(e.Section))
	b.texts(e.Defn, e.DropStmt, e.CopyStmt, e.Namespace, e.Tablespace, e.TableAM, e.Owner, "false")
	for _, id := range e.Dependencies {
		b.texts(strconv.Itoa(id))
	}
	b.ints(-1) // a null string ends the dependencies
	state := e.State
	if state == 0 {
		state = archive.NoData
	}
	b.WriteByte(byte(state))
	b.Write(binary.LittleEndian.AppendUint64(nil, uint64(e.Offset)))
}

func (b *builder) ints(all ...int) {
	for _, n := range all {
		sign := byte(0)
		if n < 0 {
			sign, n = 1, -n
		}
		b.WriteByte(sign)
		b.Write(binary.LittleEndian.AppendUint32(nil, uint32(n)))
	}
}

func (b *builder) texts(all ...string) {
	for _, text := range all {
		b.ints(len(text))
		b.WriteString(text)
	}
}
