package authenticator

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Handles turns the key of a running authentication or registration (customer
// and id) into the opaque name by which clients know it, and back. Rows are
// found by customer, but a client must not learn from the name whether the
// customer exists: so the two ids are encrypted, deterministically, with the
// authenticator as initialization vector (the construction of RFC 5297).
type Handles struct {
	mac   [32]byte
	block cipher.Block
}

// handleText is the encoding of a handle; it has 64 characters.
var handleText = base64.RawURLEncoding.Strict()

// NewHandles returns the handles of one kind ("authentication", "registration");
// those of another kind do not open.
func NewHandles(ring *keyring.Ring, kind string) *Handles {
	key := ring.Derive("handle." + kind + ".encrypt")
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("authenticator: " + err.Error()) // 32 bytes are a key
	}
	return &Handles{mac: ring.Derive("handle." + kind + ".mac"), block: block}
}

// Seal returns the handle of a row.
func (h *Handles) Seal(customer, id ident.ID) string {
	var out [48]byte
	copy(out[16:], customer[:])
	copy(out[32:], id[:])
	copy(out[:16], h.tag(out[16:]))
	cipher.NewCTR(h.block, out[:16]).XORKeyStream(out[16:], out[16:])
	return handleText.EncodeToString(out[:])
}

// Open returns the row of a handle; false for anything that Seal did not make.
func (h *Handles) Open(handle string) (customer, id ident.ID, ok bool) {
	b, err := handleText.DecodeString(handle)
	if err != nil || len(b) != 48 {
		return customer, id, false
	}
	cipher.NewCTR(h.block, b[:16]).XORKeyStream(b[16:], b[16:])
	if !hmac.Equal(h.tag(b[16:]), b[:16]) {
		return customer, id, false
	}
	return ident.ID(b[16:32]), ident.ID(b[32:48]), true
}

func (h *Handles) tag(plain []byte) []byte {
	m := hmac.New(sha256.New, h.mac[:])
	m.Write(plain)
	return m.Sum(nil)[:16]
}
