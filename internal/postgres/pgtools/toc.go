package pgtools

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// TOC is the output of `pg_restore --list`.
type TOC struct {
	// Entries is the archive's own count; Listed counts the lines.
	Entries int
	Listed  int
	// The kinds of the entries. Data counts tables with data in the archive.
	Schemas      int
	Tables       int
	Data         int
	Sequences    int
	Views        int
	Functions    int
	LargeObjects int
	Extensions   int
	// Fields of the header.
	Database       string
	CreatedAt      string
	ArchiveVersion string
	Compression    string
	Format         string
	ServerVersion  string
	ToolVersion    string
}

// tocEntry matches lines such as "215; 1259 16389 TABLE public t postgres". The
// kind is one or more words in capitals.
var tocEntry = regexp.MustCompile(`^(\d+); (\d+) (\d+) ((?:[A-Z]+ )+)`)

// ParseTOC parses the output of `pg_restore --list`.
func ParseTOC(list []byte) (TOC, error) {
	var t TOC
	lines := bufio.NewScanner(bytes.NewReader(list))
	lines.Buffer(nil, len(list)+1)
	for lines.Scan() {
		line := lines.Text()
		if comment, ok := strings.CutPrefix(line, ";"); ok {
			t.header(strings.TrimSpace(comment))
			continue
		}
		if match := tocEntry.FindStringSubmatch(line); match != nil {
			t.Listed++
			t.count(strings.TrimSpace(match[4]))
		}
	}
	if err := lines.Err(); err != nil {
		return TOC{}, fmt.Errorf("read the table of contents: %w", err)
	}
	if t.Format == "" || t.ArchiveVersion == "" {
		return TOC{}, errors.New("read the table of contents: it has no header of pg_restore")
	}
	return t, nil
}

func (t *TOC) header(line string) {
	if created, ok := strings.CutPrefix(line, "Archive created at "); ok {
		t.CreatedAt = created
		return
	}
	key, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch key {
	case "dbname":
		t.Database = value
	case "TOC Entries":
		// The count is informational: pg_restore has read the entries.
		t.Entries, _ = strconv.Atoi(value)
	case "Compression":
		t.Compression = value
	case "Dump Version":
		t.ArchiveVersion = value
	case "Format":
		t.Format = value
	case "Dumped from database version":
		t.ServerVersion = value
	case "Dumped by pg_dump version":
		t.ToolVersion = value
	}
}

// count matches prefixes, since an unquoted name in capitals may follow the
// kind.
func (t *TOC) count(kind string) {
	for _, c := range []struct {
		kind    string
		counter *int
	}{
		{"TABLE DATA", &t.Data}, {"TABLE ATTACH", nil}, {"TABLE", &t.Tables},
		{"SEQUENCE SET", nil}, {"SEQUENCE OWNED BY", nil}, {"SEQUENCE", &t.Sequences},
		{"MATERIALIZED VIEW DATA", nil}, {"MATERIALIZED VIEW", &t.Views}, {"VIEW", &t.Views},
		{"BLOB METADATA", &t.LargeObjects}, {"BLOB", &t.LargeObjects},
		{"SCHEMA", &t.Schemas}, {"FUNCTION", &t.Functions}, {"PROCEDURE", &t.Functions}, {"EXTENSION", &t.Extensions},
	} {
		if kind != c.kind && !strings.HasPrefix(kind, c.kind+" ") {
			continue
		}
		if c.counter != nil {
			*c.counter++
		}
		return
	}
}
