package localenv

import (
	"net/http"
	"strings"
	"time"
)

// lead returns how far the storage's clock is ahead of Azurite's.
func (i *Immutable) lead() time.Duration {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.ahead
}

// moved returns answers a Last-Modified that is later than Azurite's.
type moved struct {
	http.ResponseWriter
	by time.Duration
}

// WriteHeader implements [http.ResponseWriter].
func (m *moved) WriteHeader(status int) {
	if at := m.Header().Get("Last-Modified"); at != "" {
		m.Header().Set("Last-Modified", movedTime(at, m.by))
	}
	m.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (m *moved) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// movedEntry returns the entry of a blob in a listing with a later Last-Modified.
func movedEntry(entry string, by time.Duration) string {
	before, rest, _ := strings.Cut(entry, "<Last-Modified>")
	at, after, found := strings.Cut(rest, "</Last-Modified>")
	if !found {
		return entry
	}
	return before + "<Last-Modified>" + movedTime(at, by) + "</Last-Modified>" + after
}

// movedTime returns text itself if it is not a time.
func movedTime(text string, by time.Duration) string {
	at, err := http.ParseTime(text)
	if err != nil {
		return text
	}
	return at.Add(by).UTC().Format(http.TimeFormat)
}
