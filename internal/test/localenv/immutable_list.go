package localenv

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listed is a blob in Azurite's listing.
type listed struct {
	Name  string `xml:"Name"`
	Inner string `xml:",innerxml"`
}

// rest returns the entry without its name.
func (l listed) rest() string {
	_, rest, _ := strings.Cut(l.Inner, "</Name>")
	return rest
}

// entries returns all blobs of a listing.
func (i *Immutable) entries(r *http.Request, container, prefix string) (all []listed) {
	for marker := ""; ; {
		query := url.Values{"restype": {"container"}, "comp": {"list"}, "include": {"metadata"}, "prefix": {prefix}}
		if marker != "" {
			query.Set("marker", marker)
		}
		var page struct {
			Blobs []listed `xml:"Blobs>Blob"`
			Next  string   `xml:"NextMarker"`
		}
		answer := i.ask(r, container, query.Encode())
		if answer.Code != http.StatusOK || xml.Unmarshal(answer.Body.Bytes(), &page) != nil {
			return nil
		}
		all = append(all, page.Blobs...)
		if marker = page.Next; marker == "" {
			return all
		}
	}
}

// list lists every version, oldest of a blob first, in pages of its own.
func (i *Immutable) list(w http.ResponseWriter, r *http.Request, c *versioned) {
	query := r.URL.Query()
	// Azurite decides first whether the request is allowed.
	if refused := i.ask(r, r.URL.Path, "restype=container&comp=list&maxresults=1"); refused.Code != http.StatusOK {
		w.Header().Set("x-ms-error-code", refused.Header().Get("x-ms-error-code"))
		w.WriteHeader(refused.Code)
		_, _ = w.Write(refused.Body.Bytes())
		return
	}
	c.writing.Lock()
	rows := c.rows(i.entries(r, r.URL.Path, query.Get("prefix")), query.Get("prefix"), strings.Contains(query.Get("include"), "immutabilitypolicy"))
	c.writing.Unlock()
	from, _ := strconv.Atoi(query.Get("marker"))
	size, err := strconv.Atoi(query.Get("maxresults"))
	if err != nil || size > 5000 {
		size = 5000
	}
	to, next := min(from+size, len(rows)), ""
	if to < len(rows) {
		next = strconv.Itoa(to)
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusOK)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>%s</Blobs><NextMarker>%s</NextMarker></EnumerationResults>`,
		strings.Join(rows[min(from, to):to], ""), next)
}

// rows returns the entries of all versions under a prefix, by name.
func (c *versioned) rows(current []listed, prefix string, policies bool) (rows []string) {
	entries := map[string]string{}
	for _, entry := range current {
		entries[entry.Name] = entry.rest()
	}
	names := make([]string, 0, len(c.blobs))
	for name := range c.blobs {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	for name := range entries {
		if c.blobs[name] == nil { // from before the container was enabled
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range c.blobs[name].all() {
			entry, more := v.listed, "<VersionId>"+v.id+"</VersionId>"
			if v == c.blobs[name].current {
				entry, more = entries[name], more+"<IsCurrentVersion>true</IsCurrentVersion>"
			}
			rows = append(rows, row(name, movedEntry(entry, v.ahead), more, v.policy, policies))
		}
		if c.blobs[name] == nil {
			rows = append(rows, row(name, entries[name], "", wormPolicy{}, false))
		}
	}
	return rows
}

func row(name, entry, more string, p wormPolicy, policies bool) string {
	if policies && p.mode != "" {
		entry = strings.Replace(entry, "</Properties>", "<ImmutabilityPolicyUntilDate>"+p.until.UTC().Format(http.TimeFormat)+
			"</ImmutabilityPolicyUntilDate><ImmutabilityPolicyMode>"+strings.ToLower(p.mode)+"</ImmutabilityPolicyMode></Properties>", 1)
	}
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(name))
	return "<Blob><Name>" + escaped.String() + "</Name>" + more + entry + "</Blob>"
}
