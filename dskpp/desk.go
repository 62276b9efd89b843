package dskpp

import (
	"context"
	"crypto/rsa"

	"github.com/countersign-auth/countersign/pskc"
)

// Desk is who a [Server] asks. An error is an internal failure: the run gets no
// answer (HTTP 500). Only NewKey may also return a [*StatusError], whose status is
// then the answer.
type Desk interface {
	// Activation finds what was issued under a ClientID, also if it is used up,
	// expired or locked. The text is the client's, of 128 characters at most.
	Activation(ctx context.Context, clientID string) (Activation, bool, error)
	// SharedKey finds a pre-shared key.
	SharedKey(ctx context.Context, q KeyQuery) (SharedKey, bool, error)
	// PublicKey finds a client's public key by its KeyName.
	PublicKey(ctx context.Context, name string) (*rsa.PublicKey, bool, error)
	// OldKey finds a key that is in use.
	OldKey(ctx context.Context, keyID []byte) (OldKey, bool, error)
	// NewKey says what the new key is: id, parameters, device, policy. Its Secret is
	// empty; with the two-pass variant it may be an existing secret that is to be
	// moved, of the length that its hash function has. It is called once the user is
	// authenticated, and must change nothing that cannot be repeated.
	NewKey(ctx context.Context, g Grant) (pskc.KeyPackage, error)
}

// Activation is an activation code as its issuer keeps it.
type Activation struct {
	State    ActivationState
	Password string // of the code: upper-case hexadecimal characters
	// Passphrase in its SASLprep form, for passphrase wrap; empty if none was issued.
	// It has 80 random bits or more and is never the password.
	Passphrase string
	Owner      string // whose the new key is; compared with that of an old one
	// Device and KeyID are those of the trigger; the hello must repeat them.
	Device *DeviceIdentifier
	KeyID  []byte
}

// ActivationState is the state of an activation code. The zero value is none.
type ActivationState int

// The states of an activation code. Used and locked ones look like wrong ones
// (D-14, D-24).
const (
	Usable ActivationState = iota + 1
	Used
	Expired
	Locked
)

// KeyQuery asks for a shared key: by name, or, where a server must propose one, by
// device or by the key that is to be replaced.
type KeyQuery struct {
	Name   string
	Device *DeviceIdentifier
	KeyID  []byte
}

// SharedKey is a key that a device and the server share (K_SHARED).
type SharedKey struct {
	Name string
	Key  []byte // 16 octets or more; exactly 16 for key wrap
	// Device is whose key it is, and nobody else's; nil if it is shared by many.
	Device *DeviceIdentifier
}

// OldKey is a key that may be replaced. Its value serves as K_MAC' (RFC 6063,
// section 4.2.3).
type OldKey struct {
	Owner string
	Token pskc.Secret
}

// Grant is an authenticated request for a key.
type Grant struct {
	ClientID   string
	Activation Activation
	Variant    Variant
	Method     string // of key protection; empty with four passes
	KeyType    string
	MAC        string
	Device     *DeviceIdentifier // only if it may be accepted
	Replaces   []byte            // KeyID; nil if no key is replaced
}
