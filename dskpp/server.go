package dskpp

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
)

// Server answers clients. It keeps nothing: what it must know it asks its Desk,
// what it must remember it returns. All fields are needed but for Info and Keys. It
// serves many goroutines at once if Desk, Rand and the keys do.
type Server struct {
	URL  string // URL_S: the one URL under which clients contact it (D-21)
	ID   string // ServerID, a URI
	Desk Desk
	// Policy is what is permitted.
	Policy Policy
	// Keys are the server's own, the one in use first; older ones finish runs that
	// they began. Without one the four-pass variant needs shared keys.
	Keys []ServerKey
	// Secret has 32 octets or more, the same on all nodes. What does not exist (a
	// client, an old key) is answered with values made of it.
	Secret []byte
	Rand   io.Reader
	// Info goes into each ServerHello and must come back; may be empty.
	Info []byte
}

// ServerKey is K_SERVER: an RSA key that decrypts.
type ServerKey struct {
	Key         crypto.Decrypter
	Certificate *x509.Certificate // may be nil
}

// Answer answers a request. s is the session that Request.SessionID names, or that
// was kept for the same hello; nil if there is none. The error is an internal
// failure, after which nothing has changed.
func (s *Server) Answer(ctx context.Context, r *Request, open *Session) (*Reply, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if reply := repeated(r, open); reply != nil {
		return reply, nil
	}
	reply, err := s.answer(ctx, r, open)
	var status *StatusError
	if errors.As(err, &status) {
		return s.refuse(r, open, status), nil
	}
	return reply, err
}

// Check tells what is missing in a server, for those who build one.
func (s *Server) Check() error {
	switch {
	case s.URL == "" || s.ID == "" || s.Desk == nil || s.Rand == nil:
		return errors.New("dskpp: a server needs URL, ID, Desk and Rand")
	case len(s.Secret) < minSecret:
		return errors.New("dskpp: the Secret of a server has 32 octets or more")
	}
	for _, k := range s.Keys {
		pub, ok := k.Key.Public().(*rsa.PublicKey)
		if !ok || pub.N.BitLen() < minServerBits {
			return errors.New("dskpp: a server key is an RSA key of 2048 bits or more")
		}
		if k.Certificate != nil && !pub.Equal(k.Certificate.PublicKey) {
			return errors.New("dskpp: the certificate of a server key is another key's")
		}
	}
	return nil
}

const (
	minSecret     = 32   // octets
	minServerBits = 2048 // of RSA keys, also of those that a client takes from a server
)

func (s *Server) answer(ctx context.Context, r *Request, open *Session) (*Reply, error) {
	switch {
	case r.Failure != nil:
		return nil, r.Failure
	case r.Nonce == nil:
		return s.hello(ctx, r)
	case open == nil || open.ID != r.session || open.ServerHello == nil || open.Finished != nil:
		return nil, fail(Abort, "no session, or one that has ended")
	}
	return s.nonce(ctx, r, open)
}

// repeated answers a request that was answered before, octet by octet the same, as
// before: its answer may have been lost (RFC 6063, sections 3.4.3 and 10.2.3).
func repeated(r *Request, open *Session) *Reply {
	if open == nil {
		return nil
	}
	answer := open.Finished
	switch {
	case answer == nil && r.Hello != nil && bytes.Equal(r.Raw, open.Hello):
		return &Reply{Message: open.ServerHello, Status: Continue, Session: open, Repeated: true}
	case answer != nil && r.Hello != nil && open.ServerHello == nil && bytes.Equal(r.Raw, open.Hello),
		answer != nil && r.Nonce != nil && bytes.Equal(r.Raw, open.Nonce):
		return &Reply{Message: answer, Status: Success, Session: open, Repeated: true}
	}
	return nil
}

// refuse ends a run. A refusal holds the status and nothing else (D-34). A session
// that succeeded is not ended by a wrong request that names it.
func (s *Server) refuse(r *Request, open *Session, why *StatusError) *Reply {
	reply := &Reply{Status: why.Status, Why: why}
	if open != nil && open.Finished == nil && open.ID == r.session {
		reply.Ended = open.ID
	}
	if r.root == "KeyProvClientHello" && (r.Hello == nil || wantsFourPass(r.Hello)) {
		reply.Message = (&ServerHello{Version: spoken(), Status: why.Status}).Format()
	} else {
		id := ""
		if r.Nonce != nil {
			id = r.session
		}
		reply.Message = (&ServerFinished{Version: spoken(), Session: id, Status: why.Status}).Format()
	}
	return reply
}

func (s *Server) random(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(s.Rand, b)
	return b, err
}

// sessionID draws an identifier that no run had before and nobody can guess.
func (s *Server) sessionID() (string, error) {
	b, err := s.random(16)
	return hex.EncodeToString(b), err
}

// pretend makes what does not exist: always the same for the same name.
func (s *Server) pretend(what, name string, n int) []byte {
	m := hmac.New(sha256.New, s.Secret)
	m.Write([]byte("DSKPP " + what + "\x00" + name))
	return m.Sum(nil)[:n]
}

// serverKey finds the key that a ServerHello of ours named.
func (s *Server) serverKey(k *KeyInfo) (ServerKey, *rsa.PublicKey, bool) {
	pub, ok := k.Public()
	if !ok {
		return ServerKey{}, nil, false
	}
	for _, own := range s.Keys {
		if pub.Equal(own.Key.Public()) {
			return own, pub, true
		}
	}
	return ServerKey{}, nil, false
}

// info writes the key so that clients take it.
func (k *ServerKey) info() (*KeyInfo, error) {
	if k.Certificate != nil {
		return &KeyInfo{Certificate: k.Certificate.Raw}, nil
	}
	pub, ok := k.Key.Public().(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("dskpp: a server key is not an RSA key")
	}
	return &KeyInfo{Key: pub}, nil
}
