// Package notify sends alerts to receivers of notifications. An address is a
// secret, and its scheme selects what is sent:
//
//   - https: a CloudEvent in structured JSON, signed if the secret has a key;
//   - teams+https: an Adaptive Card for a Workflows URL of Microsoft Teams;
//   - smtp: a mail;
//   - slack, pagerduty, ntfy and pushover: a message of that service.
//
// The trust file is asked about each host before a packet is sent to it, and
// every connection has TLS. No redirect is followed. Errors and answers contain
// the status of an answer, and nothing else of the answer or of the address but
// the host that the trust file refuses.
//
// The texts of an alert come from strangers. They are shortened, and escaped for
// the place in which they stand.
//
// Imports of this module: internal/failure, internal/failure/printable,
// internal/instance, internal/jobs, internal/secret.
package notify
