package page

import (
	"bytes"
	_ "embed" // for page.html and style.css
	"fmt"
	"html/template"
	"io"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/page/sheet"
)

var (
	//go:embed page.html
	html string
	//go:embed style.css
	rules string

	layout = template.Must(template.New("page.html").Funcs(functions).Parse(html))
	style  = framed(sheet.New(rules))
)

// framed returns the sheet of a page that no other page may show in a frame.
func framed(s sheet.Sheet) sheet.Sheet {
	s.Policy += "; frame-ancestors 'none'"
	return s
}

// Options are the settings of a page.
type Options struct {
	// UI is the URL of Temporal's UI, to which jobs and schedules are linked; empty
	// for no links.
	UI string
	// Namespace is the Temporal namespace.
	Namespace string
	// Since is the time since the estate was read. Ages count on, so that a page whose
	// estate is not renewed does not stay green.
	Since time.Duration
}

// renewal is the time within which an estate should have been read again.
const renewal = 15 * time.Minute

// view is what the template shows.
type view struct {
	estate.Estate
	Options
	sheet.Sheet
	Counts []count
	// Now is the time of the page, by the storage's clock.
	Now time.Time
	// Old reports whether the estate should have been read again.
	Old bool
}

// Write writes the page of an estate.
func Write(w io.Writer, e estate.Estate, o Options) error {
	now := e.At.Add(o.Since)
	v := view{Estate: e, Options: o, Sheet: style, Counts: counts(e.Instances, now), Now: now, Old: o.Since > renewal}
	var page bytes.Buffer
	if err := layout.Execute(&page, v); err != nil {
		return fmt.Errorf("render the page: %w", err)
	}
	_, err := page.WriteTo(w)
	return err
}

// Handler serves the page of the estate that last returns with the time since it was
// read, or says that there is none yet. It compresses the page, which has megabytes
// for hundreds of instances.
func Handler(last func() (e estate.Estate, since time.Duration, ok bool), o Options) http.Handler {
	return gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", style.Policy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cache-Control", "no-store")
		e, since, ok := last()
		if !ok {
			http.Error(w, "The vault has not been read yet. If this lasts for minutes, /readyz and the worker's log say why.", http.StatusServiceUnavailable)
			return
		}
		o := o
		o.Since = since
		head.Set("Content-Type", "text/html; charset=utf-8")
		if err := Write(w, e, o); err != nil {
			http.Error(w, "The page cannot be shown; the worker's log may say why.", http.StatusInternalServerError)
		}
	}))
}
