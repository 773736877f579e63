package notify

import "net/http"

// Through returns the sender with another transport below.
func (s Sender) Through(transport http.RoundTripper) Sender {
	s.transport = transport
	return s
}
