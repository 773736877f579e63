package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Encode writes a manifest as indented JSON, since people read it. It refuses
// one that lacks what a restore needs.
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

// Decode reads a manifest. Fields that this version does not know are passed
// over; a higher format version, or a manifest that lacks what a restore needs,
// is an error.
func Decode(encoded []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(encoded, &m); err != nil {
		return m, fmt.Errorf("decode manifest: %w", err)
	}
	return m, m.validate()
}

func (m Manifest) validate() error {
	if m.FormatVersion < 1 || m.FormatVersion > FormatVersion {
		return fmt.Errorf("manifest of point %s has format version %d, and this program knows up to %d", m.PointID, m.FormatVersion, FormatVersion)
	}
	for field, missing := range map[string]bool{
		"instance": m.Instance == "", "pointID": m.PointID == "", "scheduledTime": m.ScheduledTime.IsZero(),
		"retention.expires": m.Retention.Expires.IsZero(), "server.major": m.Server.Major == 0,
		"database.name": m.Database.Name == "", "database.encoding": m.Database.Encoding == "",
		"tool.major": m.Tool.Major == 0, "dump.blob": m.Dump.Blob == "", "dump.size": m.Dump.Size <= 0,
		"dump.sha256": len(m.Dump.SHA256) != 64, "dump.etag": m.Dump.ETag == "", "roles.blob": m.Roles.Blob == "",
	} {
		if missing {
			return errors.New("manifest of point " + m.PointID + " lacks " + field)
		}
	}
	return nil
}
