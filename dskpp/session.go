package dskpp

import (
	"bytes"
	"crypto/sha256"
	"errors"

	"github.com/countersign-auth/countersign/pskc"
)

// Session is what a server keeps of a run: the messages as they traveled, since
// the MAC covers their octets (IP-07). It holds no secret. Any node that has it can
// go on.
type Session struct {
	ID          string `json:"id"`
	Hello       []byte `json:"hello"`
	ServerHello []byte `json:"server_hello,omitempty"` // four-pass
	Nonce       []byte `json:"nonce,omitempty"`        // four-pass, once it was answered
	Finished    []byte `json:"finished,omitempty"`     // the last answer
}

// Request is a message of a client, as far as it could be read.
type Request struct {
	Raw   []byte
	Hello *ClientHello // nil if it is none
	Nonce *ClientNonce // nil if it is none
	// Failure is why the message cannot be used; nil if it can.
	Failure *StatusError
	root    string
	session string
}

// ReadRequest reads a client's message. It computes nothing, so that what may be
// tried can be limited before it costs anything (IP-23). The error is ErrNotDSKPP;
// all else is answered in DSKPP.
func ReadRequest(raw []byte) (*Request, error) {
	root, err := parseRoot(raw)
	if err != nil {
		return nil, err
	}
	r := &Request{Raw: bytes.Clone(raw), root: root.Name}
	if id, ok := root.Attr("SessionID"); ok && len(id) <= 4*maxIdentifier {
		r.session = id
	}
	m, err := parseMessage(root)
	if err != nil {
		if !errors.As(err, &r.Failure) {
			return nil, err
		}
		if r.root == "KeyProvClientNonce" && r.Failure.Status.FirstOnly() {
			r.Failure.Status = MalformedRequest
		}
		return r, nil
	}
	switch m := m.(type) {
	case *ClientHello:
		r.Hello = m
	case *ClientNonce:
		r.Nonce = m
	default: // a message of servers
		return nil, ErrNotDSKPP
	}
	return r, nil
}

// ClientID returns the identifier of the activation code that the message is about,
// for limits; empty if it names none.
func (r *Request) ClientID() string {
	switch {
	case r.Hello != nil && r.Hello.Authentication != nil:
		return r.Hello.Authentication.ClientID
	case r.Nonce != nil && r.Nonce.Authentication != nil:
		return r.Nonce.Authentication.ClientID
	}
	return ""
}

// SessionID returns the session that the message says it belongs to; empty for a
// hello.
func (r *Request) SessionID() string { return r.session }

// Digest identifies the octets of the message. A server finds the session of a
// repeated two-pass hello by it.
func (r *Request) Digest() [sha256.Size]byte { return sha256.Sum256(r.Raw) }

// Reply is the answer of a server.
type Reply struct {
	Message []byte
	Status  Status
	// Session must be kept under its ID, after Continue to go on, after Success to
	// repeat the answer if it was lost.
	Session *Session
	// Ended is the session that failed; its ID is never used again and what was kept
	// of it is deleted.
	Ended string
	// Pending is the new key after Success; nil if the answer is a repetition.
	Pending *Pending
	// Repeated says that the request was answered before and its answer is sent again.
	Repeated bool
	// Why is the reason of a failure, for logs. The other side does not learn it.
	Why error
}

// Pending is a key that a client may have by now. The server keeps it beside the
// key that it replaces, and commits it when its user has proved to have it
// (RFC 6063, section 10.5); the answer may have been lost.
type Pending struct {
	Grant
	Key      pskc.KeyPackage // with its Secret, K_TOKEN
	ServerID string
}
