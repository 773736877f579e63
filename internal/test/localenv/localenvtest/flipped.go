package localenvtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// FlippedBits is the transport of a container's client that answers like a
// storage with one wrong bit in a blob, without the time to store it.
type FlippedBits struct {
	// Blobs are the stored blobs, by base name.
	Blobs map[string][]byte
	// Name is the blob with the wrong bit; empty for none.
	Name string
	Bit  int
}

// Do answers requests for a blob's properties or for a range.
func (f *FlippedBits) Do(r *http.Request) (*http.Response, error) {
	name := path.Base(r.URL.Path)
	content := f.Blobs[name]
	answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Etag": {`"tag"`}}, Body: http.NoBody, Request: r}
	if r.Method == http.MethodHead {
		answer.Header.Set("Content-Length", strconv.Itoa(len(content)))
		return answer, nil
	}
	begin, last, err := rangeOf(r)
	if err != nil {
		return nil, err
	}
	part := bytes.Clone(content[begin : last+1])
	if at := f.Bit / 8; name == f.Name && begin <= at && at <= last {
		part[at-begin] ^= 1 << (f.Bit % 8)
	}
	answer.StatusCode, answer.Body = http.StatusPartialContent, io.NopCloser(bytes.NewReader(part))
	return answer, nil
}

// rangeOf parses the range header, whose name the SDK spells differently from
// [http.Header].
func rangeOf(r *http.Request) (begin, last int, err error) {
	for name, values := range r.Header {
		if strings.EqualFold(name, "x-ms-range") {
			_, err = fmt.Sscanf(values[0], "bytes=%d-%d", &begin, &last)
			return begin, last, err
		}
	}
	return 0, 0, errors.New("a request without a range")
}
