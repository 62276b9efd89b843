package envelope

import (
	"errors"
	"slices"
)

// LinkKind is what a message between two devices of one person is about.
type LinkKind byte

// Kinds of messages between a primary and a secondary device.
const (
	LinkData   LinkKind = 1 // the secondary's data that open credentials; the request has no body
	LinkCipher LinkKind = 2 // the first intermediate cryptogram, and the second one as answer
)

// Link is a message between a primary and a secondary device, which each of them signs (DI-109): the link itself is theirs, such as Bluetooth, and
// may be relayed. Who signed is not in it: each has the other's key from the server.
type Link struct {
	Kind   LinkKind `json:"kind"`
	Answer bool     `json:"answer"`
	Token  []byte   `json:"token"` // 16 octets
	Index  string   `json:"index"` // of the limited-use key; of LinkData none
	Nonce  []byte   `json:"nonce"` // 16 octets, drawn for the request; its answer has the same
	Body   []byte   `json:"body"`  // at most 64 KiB

	Signature []byte `json:"signature"`
}

const (
	linkLabel   = "countersign/v1 link"
	linkBytes   = 16 // of a token and a nonce
	maxLinkBody = 64 << 10
)

// errLink says that a message has not the form of one; it says nothing of its content.
var errLink = errors.New("envelope: a message between devices has a kind, a token and a nonce of 16 octets, an index of at most 7 and a body of at most 64 KiB")

// signed are the octets that the signature is over:
//
//	"countersign/v1 link" 00  kind (80 added in an answer)  token (16)  nonce (16)  length of the index (1)  index  body
func (l *Link) signed() ([]byte, error) {
	if l.Kind != LinkData && l.Kind != LinkCipher || len(l.Token) != linkBytes || len(l.Nonce) != linkBytes || len(l.Index) > 7 || len(l.Body) > maxLinkBody {
		return nil, errLink
	}
	kind := byte(l.Kind)
	if l.Answer {
		kind |= 0x80
	}
	return slices.Concat([]byte(linkLabel), []byte{0, kind}, l.Token, l.Nonce, []byte{byte(len(l.Index))}, []byte(l.Index), l.Body), nil //nolint:gosec // at most 7
}

// Sign puts the signature of a device on a message. An error is about its form.
func (l *Link) Sign(s *Signer) error {
	text, err := l.signed()
	if err == nil {
		l.Signature, err = s.Sign(text)
	}
	return err
}

// Verify reports whether a message has the form of one and the signature of the device whose key it is.
func (l *Link) Verify(v *Verifier) bool {
	text, err := l.signed()
	return err == nil && v.Verify(text, l.Signature)
}
