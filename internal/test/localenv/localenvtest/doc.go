// Package localenvtest gives tests the parts of the local environment, each
// started when the first test of the process asks for it and stopped after the
// last one.
//
//	func TestMain(m *testing.M) { localenvtest.Main(m) }
//
//	func TestUpload(t *testing.T) {
//		url := localenvtest.Container(t)
//		…
//
// Main sets SSL_CERT_FILE, IDENTITY_ENDPOINT and IDENTITY_HEADER, so that
// azidentity and every TLS client of the process, and its children, meet the
// local parts as they would meet Azure's. Parts are shared by all tests of a
// process: a test that stops or breaks one starts its own.
//
// Imports of this module: internal/secret, internal/test/localenv.
package localenvtest
