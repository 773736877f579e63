package localenv

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// EntraRole is a role of every cluster here. Its members sign in with a token
// for PostgreSQL instead of a password: CREATE ROLE app LOGIN IN ROLE …
const EntraRole = "pgvault_entra_users"

// ldapServer answers LDAPv3 simple binds (RFC 4511). PostgreSQL's ldap method
// sends one for each connection, with the password from the client. So the
// token is really checked, as Azure does with a module in the server.
type ldapServer struct {
	listener net.Listener
	accepts  func(password string) bool
	wg       sync.WaitGroup
	mu       sync.Mutex
	conns    map[net.Conn]struct{}
}

func serveLDAP(l net.Listener, accepts func(password string) bool) *ldapServer {
	s := &ldapServer{listener: l, accepts: accepts, conns: map[net.Conn]struct{}{}}
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = struct{}{}
			s.mu.Unlock()
			s.wg.Add(1)
			go s.serve(conn)
		}
	}()
	return s
}

func (s *ldapServer) close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *ldapServer) serve(conn net.Conn) {
	defer s.wg.Done()
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	r := bufio.NewReader(conn)
	for {
		id, password, err := readBind(r)
		if err != nil { // an unbind, or another request
			return
		}
		const success, invalidCredentials = 0, 49
		code := byte(invalidCredentials)
		if s.accepts(password) {
			code = success
		}
		if _, err := conn.Write(bindResponse(id, code)); err != nil {
			return
		}
	}
}

var errNotABind = errors.New("not a simple bind")

// Tags of BER and of the LDAP messages.
const (
	tagInteger      = 0x02
	tagSequence     = 0x30
	tagEnumerated   = 0x0a
	tagOctets       = 0x04
	tagBindRequest  = 0x60
	tagBindResponse = 0x61
	tagSimple       = 0x80
)

// readBind reads LDAPMessage{messageID, BindRequest{version, name, simple}}.
func readBind(r byteReader) (id []byte, password string, err error) {
	message, err := readElement(r, tagSequence)
	if err != nil {
		return nil, "", err
	}
	parts := bytes.NewReader(message)
	if id, err = readElement(parts, tagInteger); err != nil {
		return nil, "", err
	}
	bind, err := readElement(parts, tagBindRequest)
	if err != nil {
		return nil, "", err
	}
	parts = bytes.NewReader(bind)
	// The name is "cn=" and the database user.
	for _, tag := range []byte{tagInteger /* version */, tagOctets /* name */} {
		if _, err := readElement(parts, tag); err != nil {
			return nil, "", err
		}
	}
	simple, err := readElement(parts, tagSimple)
	return id, string(simple), err
}

func bindResponse(id []byte, code byte) []byte {
	result := append(element(tagEnumerated, []byte{code}), element(tagOctets, nil)...)
	result = append(result, element(tagOctets, nil)...)
	return element(tagSequence, append(element(tagInteger, id), element(tagBindResponse, result)...))
}

// element encodes content of less than 128 bytes.
func element(tag byte, content []byte) []byte {
	return append([]byte{tag, byte(len(content))}, content...)
}

type byteReader interface {
	io.Reader
	io.ByteReader
}

// readElement reads one element and checks its tag.
func readElement(r byteReader, tag byte) ([]byte, error) {
	const limit = 1 << 20
	got, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	first, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	size := int(first)
	if first >= 0x80 { // long form: this many bytes of length follow
		size = 0
		for range first & 0x7f {
			b, err := r.ReadByte()
			if err != nil {
				return nil, err
			}
			if size = size<<8 | int(b); size > limit {
				return nil, errNotABind
			}
		}
	}
	if got != tag {
		return nil, errNotABind
	}
	content := make([]byte, size)
	_, err = io.ReadFull(r, content)
	return content, err
}
