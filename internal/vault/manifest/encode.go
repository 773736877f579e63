package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Encode returns a manifest as indented JSON, for people to read. It returns an
// error if a field that a restore needs is missing.
func Encode(m Manifest) ([]byte, error) {
	if err := m.validate(); err != nil {
		return nil, err
	}
	encoded, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return append(encoded, '\n'), nil
}

// Decode decodes a manifest. It ignores unknown fields. It returns an error if
// the format version is higher than [FormatVersion] or a field that a restore
// needs is missing.
func Decode(encoded []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(encoded, &m); err != nil {
		return m, fmt.Errorf("decode manifest: %w", err)
	}
	return m, m.validate()
}

// ErrNewer is returned for a manifest of an unknown format version.
var ErrNewer = errors.New("the format version is not known")

func (m Manifest) validate() error {
	if m.FormatVersion > FormatVersion {
		return fmt.Errorf("manifest of point %s has format version %d, and this program knows up to %d: %w", m.PointID, m.FormatVersion, FormatVersion, ErrNewer)
	}
	if m.FormatVersion < 1 {
		return fmt.Errorf("manifest of point %s has format version %d", m.PointID, m.FormatVersion)
	}
	for field, missing := range map[string]bool{
		"instance": m.Instance == "", "pointID": m.PointID == "", "scheduledTime": m.ScheduledTime.IsZero(),
		"retention.expires": m.Retention.Expires.IsZero(), "server.major": m.Server.Major == 0,
		"database.name": m.Database.Name == "", "database.encoding": m.Database.Encoding == "",
		"tool.major": m.Tool.Major == 0, "dump.blob": m.Dump.Blob == "", "dump.size": m.Dump.Size == 0,
		"dump.sha256": m.Dump.SHA256 == "", "dump.etag": m.Dump.ETag == "", "roles.blob": m.Roles.Blob == "",
	} {
		if missing {
			return errors.New("manifest of point " + m.PointID + " lacks " + field)
		}
	}
	return m.checkNumbers()
}

// checkNumbers rejects numbers that no dump has. A missing hash is detected
// where it is compared.
func (m Manifest) checkNumbers() error {
	for field, wrong := range map[string]bool{
		"server.port": m.Server.Port < 0 || m.Server.Port > 65535, "server.major": m.Server.Major < 0, "tool.major": m.Tool.Major < 0,
		"database.connectionLimit": m.Database.ConnectionLimit < -1, "database.sizeBytes": m.Database.SizeBytes < 0,
		"database.schemas": m.Database.Schemas < 0, "database.tables": m.Database.Tables < 0,
		"database.sequences": m.Database.Sequences < 0, "database.largeObjects": m.Database.LargeObjects < 0,
		"dump.size": m.Dump.Size < 0, "dump.sha256": !isHash(m.Dump.SHA256), "dump.blocks": m.Dump.Blocks < 0,
		"dump.blocksSize": m.Dump.BlocksSize < 0, "dump.blocksSHA256": m.Dump.BlocksSHA256 != "" && !isHash(m.Dump.BlocksSHA256),
		"dump.connections": m.Dump.Connections < 0, "dump.tocSize": m.Dump.TOCSize < 0 || m.Dump.TOCSize > m.Dump.Size,
		"dump.pieces": !m.Dump.piecesWithin(),
		"roles.size":  m.Roles.Size < 0, "roles.count": m.Roles.Count < 0, "roles.sha256": m.Roles.SHA256 != "" && !isHash(m.Roles.SHA256),
		"fingerprints": !m.Fingerprints.whole(), "toc.entries": m.TOC.Entries < 0,
		"evidence": m.Evidence != nil && (m.Evidence.Sequence < 1 || !isHash(m.Evidence.SHA256)),
	} {
		if wrong {
			return errors.New("manifest of point " + m.PointID + " has a wrong " + field)
		}
	}
	return nil
}

// piecesWithin reports whether the pieces of each entry are in order and within
// the dump.
func (d Dump) piecesWithin() bool {
	for _, starts := range d.Pieces {
		before := int64(-1)
		for _, start := range starts {
			if start <= before || start >= d.Size {
				return false
			}
			before = start
		}
	}
	return true
}

// isHash reports whether text is a SHA-256 in lower-case hexadecimal.
func isHash(text string) bool {
	decoded, err := hex.DecodeString(text)
	return err == nil && len(decoded) == sha256.Size && text == strings.ToLower(text)
}
