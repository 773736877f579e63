package fingerprint

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unsafe"
)

// ErrDamaged is returned for a file that cannot be read.
var ErrDamaged = errors.New("the fingerprints cannot be read")

// errMore is the reason of an [ErrDamaged] for a file with something after its end.
var errMore = errors.New("there is more after the end")

// roomStep is the memory that is asked for at once, in bytes.
const roomStep = 1 << 20

// Decode reads a file. It calls more before it takes further memory, and returns
// its error. The error wraps [ErrDamaged], or is that of r or of more.
func Decode(r io.Reader, more func(bytes int64) error) (File, error) {
	source := &source{from: r}
	d := &decoder{json: json.NewDecoder(source), source: source, more: more}
	if err := d.file(); err != nil {
		return File{}, err
	}
	if d.f.FormatVersion < 1 || d.f.FormatVersion > FormatVersion {
		return File{}, fmt.Errorf("%w: they have the format version %d, and this program knows versions up to %d", ErrDamaged, d.f.FormatVersion, FormatVersion)
	}
	return d.f, nil
}

// decoder reads a file element by element.
type decoder struct {
	json   *json.Decoder
	source *source
	f      File
	more   func(int64) error
	// room is the memory that is left of what was asked for, in bytes.
	room int64
}

func (d *decoder) file() error {
	if err := d.delimiter('{'); err != nil {
		return err
	}
	for d.json.More() {
		key, err := d.json.Token()
		if err != nil {
			return d.broken(err)
		}
		if err := d.member(key); err != nil {
			return err
		}
	}
	if err := d.delimiter('}'); err != nil {
		return err
	}
	if _, err := d.json.Token(); !errors.Is(err, io.EOF) {
		return d.broken(cmp.Or(err, errMore))
	}
	return nil
}

func (d *decoder) member(key json.Token) error {
	switch key {
	case memberVersion:
		return d.broken(d.json.Decode(&d.f.FormatVersion))
	case memberSettings:
		return elements(d, &d.f.Settings)
	case memberTables:
		return elements(d, &d.f.Tables)
	case memberSequences:
		return elements(d, &d.f.Sequences)
	case memberObjects:
		return elements(d, &d.f.LargeObjects)
	}
	var unknown json.RawMessage // of a later program
	return d.broken(d.json.Decode(&unknown))
}

// stored is an element of a list. text returns the memory that its strings and
// slices take, in bytes.
type stored interface{ text() int }

func elements[T stored](d *decoder, into *[]T) error {
	if err := d.delimiter('['); err != nil {
		return err
	}
	for d.json.More() {
		var element T
		if err := d.json.Decode(&element); err != nil {
			return d.broken(err)
		}
		// Until a growing slice is copied, it is there twice.
		if err := d.take(3*int64(unsafe.Sizeof(element)) + int64(element.text())); err != nil {
			return err
		}
		*into = append(*into, element)
	}
	return d.delimiter(']')
}

func (d *decoder) take(bytes int64) error {
	if bytes > d.room {
		step := max(bytes-d.room, roomStep)
		if err := d.more(step); err != nil {
			return err
		}
		d.room += step
	}
	d.room -= bytes
	return nil
}

func (d *decoder) delimiter(want rune) error {
	found, err := d.json.Token()
	if err != nil {
		return d.broken(err)
	}
	if found != json.Delim(want) {
		return fmt.Errorf("%w: %q is missing at byte %d", ErrDamaged, want, d.json.InputOffset())
	}
	return nil
}

// broken returns the error of the reader, or an [ErrDamaged].
func (d *decoder) broken(err error) error {
	switch {
	case err == nil:
		return nil
	case d.source.failed != nil:
		return d.source.failed
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

// source remembers the error of a reader.
type source struct {
	from   io.Reader
	failed error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = err
	}
	return n, err
}
