package scale_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

const (
	pageSize = 5000
	// One point a day is kept for 90 days: of 100 points, ten have expired.
	keptDays = 90
	// definition is that of each instance, with its name to be filled in.
	definition = `{"name": %q, "database": "orders", "server": {"host": "db.example.com", "port": 5432}, "policy": {"name": "nightly",
		"schedules": [{"times": ["02:00"], "days": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "timeZone": "UTC", "catchUpWindow": "6h"}], "timeZone": "UTC"}}`
	settings = `{"container": "https://storage.example/vault", "sweep": {"orphanGrace": "24h"}}`
)

// listing is a vault that exists in its listing only. Its pages are generated
// on request.
type listing struct {
	instances, points int
	begun             time.Time
	// drills is the number of drills of each instance.
	drills int
	// manifests has the signed manifests, if points have any.
	manifests *signedManifests

	mu sync.Mutex
	// asked counts requests by kind.
	asked map[string]int
}

// serve returns a container with the listing.
func (l *listing) serve(t testing.TB) *blobstore.Container {
	t.Helper()
	l.begun, l.asked = time.Now().UTC().Truncate(time.Second), map[string]int{}
	l.manifests.make(t, l)
	server := httptest.NewTLSServer(l)
	t.Cleanup(server.Close)
	client := server.Client()
	// Otherwise half of the time of a benchmark goes into handshakes.
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = 32
	c, err := azureblob.Open(server.URL+"/account/vault", token{}, azureblob.Options{Transport: client})
	require.NoError(t, err)
	return c
}

type token struct{}

func (token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (l *listing) count(kind string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked[kind]++
}

func (l *listing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch prefix := query.Get("prefix"); {
	case query.Get("comp") == "list" && query.Get("delimiter") != "":
		l.count("list a folder")
		l.folder(w, prefix)
	case query.Get("comp") == "list" && strings.HasPrefix(prefix, "jobs/"):
		l.count("records")
		l.write(w, 0, 0, "")
	case query.Get("comp") == "list" && prefix == "instances/":
		l.count("page")
		from, _ := strconv.Atoi(query.Get("marker"))
		l.page(w, from, from+pageSize)
	case query.Get("comp") == "list" && prefix == "proofs/":
		l.count("all proofs")
		l.proofs(w, 0, l.instances)
	case query.Get("comp") == "list" && strings.HasPrefix(prefix, "proofs/"):
		l.count("proofs of an instance")
		var team, n int
		_, _ = fmt.Sscanf(prefix, "proofs/team-%d/db-%d/", &team, &n)
		l.proofs(w, n, n+1)
	case query.Get("comp") == "list" && prefix == "leftovers/":
		l.count("leftovers")
		l.write(w, 0, 0, "")
	case query.Get("comp") == "list" && strings.HasSuffix(prefix, "/points/"):
		l.count("list an instance")
		from := l.find(prefix + l.begun.AddDate(0, 0, -l.points).Format("20060102T150405Z"))
		l.write(w, from, from+l.perInstance()-1, "")
	case query.Get("comp") == "list":
		l.count("list a point")
		from := l.find(prefix)
		l.write(w, from, from+l.blobsPerPoint(), "")
	case query.Get("restype") == "service":
		w.Header().Set("Content-Type", "application/xml")
		fmt.Fprint(w, `<?xml version="1.0" encoding="utf-8"?><StorageServiceProperties><DeleteRetentionPolicy><Enabled>true</Enabled><Days>14</Days></DeleteRetentionPolicy></StorageServiceProperties>`)
	case query.Get("restype") == "container":
		l.count("clock")
	case r.Method == http.MethodPut:
		l.count("put")
		w.Header().Set("Etag", `"0xPUT"`)
		w.Header().Set("Last-Modified", l.begun.Format(http.TimeFormat))
		w.WriteHeader(http.StatusCreated)
	case strings.HasSuffix(r.URL.Path, "/instance.json"):
		l.count("definition")
		name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/account/vault/instances/"), "/instance.json")
		w.Header().Set("Etag", `"0xBLOB"`)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(fmt.Sprintf(definition, name)))
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/account/vault/proofs/"):
		l.count("record of a drill")
		w.Header().Set("Etag", `"0xBLOB"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(l.record(r.URL.Path)))
	case strings.HasSuffix(r.URL.Path, "/vault.json"):
		l.count("settings")
		w.Header().Set("Etag", `"0xSETTINGS"`)
		http.ServeContent(w, r, "vault.json", l.begun, strings.NewReader(settings))
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, ".dsse.json"):
		l.count("signed manifest")
		w.Header().Set("Etag", `"0xBLOB"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(l.manifests.envelope(r.URL.Path)))
	case r.Method == http.MethodHead && strings.HasSuffix(r.URL.Path, "/instance-protection.json"):
		l.count("protection")
		w.Header().Set("x-ms-error-code", "BlobNotFound")
		w.WriteHeader(http.StatusNotFound)
	default:
		l.count("other")
		http.Error(w, "the stand-in does not know "+r.Method+" "+r.URL.String(), http.StatusNotImplemented)
	}
}

// proofs answers a listing of the records of the drills of some instances.
func (l *listing) proofs(w http.ResponseWriter, from, to int) {
	var b bytes.Buffer
	for n := from; n < to; n++ {
		for drill := range l.drills {
			at := l.drilledAt(drill + 1)
			l.entry(&b, fmt.Sprintf("proofs/%s/%08d.json", l.instance(n), drill+1), recordSize, at, fmt.Sprintf(
				"<run>r</run><point>%s</point><verdict>proven</verdict><recorded>%s</recorded><restore>60000</restore>", id(at.AddDate(0, 0, -1)), at.Format(time.RFC3339)))
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="vault"><Blobs>%s</Blobs><NextMarker></NextMarker></EnumerationResults>`, b.String())
}

func (l *listing) drilledAt(sequence int) time.Time {
	return l.begun.AddDate(0, 0, sequence-1-l.drills)
}

// recordSize is the length of each record of a drill.
const recordSize = 2000

// record returns the unsigned record of a drill.
func (l *listing) record(path string) []byte {
	var team, n, sequence int
	_, _ = fmt.Sscanf(path, "/account/vault/proofs/team-%d/db-%d/%d.json", &team, &n, &sequence)
	at := l.drilledAt(sequence)
	payload, _ := json.Marshal(proof.Record{
		Instance: l.instance(n), Sequence: sequence, Point: proof.Point{ID: id(at.AddDate(0, 0, -1))}, Verdict: proof.Proven, RecordedAt: at,
		Phases: []proof.Phase{{Name: proof.PhaseRestore, Begin: at.Add(-time.Hour), End: at.Add(time.Minute - time.Hour)}},
	})
	content, _ := statement.Envelope{PayloadType: statement.TypeProof, Payload: payload}.Encode()
	return append(content, bytes.Repeat([]byte(" "), recordSize-len(content))...)
}

// folder answers a listing of one folder: the teams, a team's instances, or what
// stands beside an instance's points.
func (l *listing) folder(w http.ResponseWriter, prefix string) {
	var team, db int
	var b bytes.Buffer
	dirs := map[string]bool{}
	switch n, _ := fmt.Sscanf(prefix, "instances/team-%d/db-%d/", &team, &db); n {
	case 2:
		l.entry(&b, prefix+"instance.json", 2000, l.begun.AddDate(0, 0, -l.points-1), "")
		dirs[prefix+"points/"] = true
	default:
		for n := range l.instances {
			if below, ok := strings.CutPrefix("instances/"+l.instance(n)+"/", prefix); ok {
				next, _, _ := strings.Cut(below, "/")
				dirs[prefix+next+"/"] = true
			}
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		fmt.Fprintf(&b, "<BlobPrefix><Name>%s</Name></BlobPrefix>", dir)
	}
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="vault"><Blobs>%s</Blobs><NextMarker></NextMarker></EnumerationResults>`, b.String())
}

// blobsPerPoint counts the block list, the dump, the manifest, its signed copy if
// there is one, and the roles file.
func (l *listing) blobsPerPoint() int {
	if l.manifests != nil {
		return 5
	}
	return 4
}

func (l *listing) perInstance() int { return 1 + l.points*l.blobsPerPoint() }
func (l *listing) blobs() int       { return l.instances * l.perInstance() }
func (l *listing) pages() int       { return (l.blobs() + pageSize - 1) / pageSize }

func (l *listing) page(w http.ResponseWriter, from, to int) {
	next := ""
	if to < l.blobs() {
		next = strconv.Itoa(to)
	}
	l.write(w, from, min(to, l.blobs()), next)
}

func (l *listing) write(w http.ResponseWriter, from, to int, next string) {
	w.Header().Set("Content-Type", "application/xml")
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="vault"><Blobs>`)
	for i := from; i < to; i++ {
		l.blob(&b, i)
	}
	fmt.Fprintf(&b, `</Blobs><NextMarker>%s</NextMarker></EnumerationResults>`, next)
	_, _ = w.Write(b.Bytes())
}

func (l *listing) instance(n int) string {
	return fmt.Sprintf("team-%02d/db-%04d", n*100/l.instances, n)
}

func (l *listing) point(n int) time.Time { return l.begun.AddDate(0, 0, n-l.points) }

func id(at time.Time) string { return at.Format("20060102T150405Z") + "-0a1b2c3d" }

// find returns the number of a point's first blob.
func (l *listing) find(prefix string) int {
	var team, db int
	var stamp string
	if _, err := fmt.Sscanf(prefix, "instances/team-%d/db-%d/points/%s", &team, &db, &stamp); err != nil {
		return 0
	}
	at, _ := time.Parse("20060102T150405Z", stamp[:16])
	days := int(l.begun.Sub(at).Hours()+0.5) / 24
	return db*l.perInstance() + 1 + (l.points-days)*l.blobsPerPoint()
}

func (l *listing) blob(b *bytes.Buffer, i int) {
	n, within := i/l.perInstance(), i%l.perInstance()
	folder := "instances/" + l.instance(n) + "/"
	if within == 0 {
		l.entry(b, folder+"instance.json", 2000, l.begun, "")
		return
	}
	at := l.point((within - 1) / l.blobsPerPoint())
	folder += "points/" + id(at) + "/"
	dump := folder + "dump-89abcdef-1.dump"
	work := `<work>backup-run%2F` + url.QueryEscape(l.instance(n)) + `</work><job>backup%2F` + url.QueryEscape(l.instance(n)) + `</job>`
	part := (within - 1) % l.blobsPerPoint()
	if l.manifests == nil && part > 1 {
		part++
	}
	switch part {
	case 0:
		l.entry(b, folder+"blocks-89abcdef-1.txt", 300, at, work)
	case 1:
		l.entry(b, dump, 1<<30, at, work+"<blocklist>"+strings.Repeat("ab", 32)+"</blocklist>")
	case 2:
		l.entry(b, folder+l.manifests.name(l.instance(n), at), envelopeSize, at, "")
	case 3:
		l.entry(b, folder+"manifest.json", 3000, at, fmt.Sprintf("<expires>%s</expires><rule>Default</rule><policy>nightly</policy>"+
			"<database>orders</database><serverversion>15.18</serverversion><trigger>schedule</trigger><job>backup%%2F%s</job>"+
			"<dump>%s</dump><dumpsize>%d</dumpsize><dumpetag>0xBLOB</dumpetag><sha256>%s</sha256>",
			at.AddDate(0, 0, keptDays).Format(time.RFC3339), url.QueryEscape(l.instance(n)), url.QueryEscape(dump), 1<<30, strings.Repeat("ab", 32)))
	default:
		l.entry(b, folder+"roles-89abcdef-1.sql", 4000, at, work)
	}
}

func (l *listing) entry(b *bytes.Buffer, name string, size int, at time.Time, meta string) {
	fmt.Fprintf(b, "<Blob><Name>%s</Name><Properties><Last-Modified>%s</Last-Modified><Etag>0xBLOB</Etag>"+
		"<Content-Length>%d</Content-Length><BlobType>BlockBlob</BlobType></Properties><Metadata>%s</Metadata></Blob>",
		name, at.Format(http.TimeFormat), size, meta)
}
