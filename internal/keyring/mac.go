package keyring

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// MAC returns 32 bytes that stand for the parts under a label: HMAC-SHA-256 with
// a key of this installation that never rotates. It is deterministic, so that a
// stored code can be compared and a sealed column searched. The label and every
// part are length-prefixed: no two lists of parts give one value.
//
// Compare results with subtle.ConstantTimeCompare, or by looking them up.
func (r *Ring) MAC(label string, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, r.mac[:])
	var n [8]byte
	write := func(b []byte) {
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	write([]byte(label))
	for _, p := range parts {
		write(p)
	}
	return h.Sum(nil)
}

// Derive returns a key for another use, named by the label ("api.access_token"):
// HKDF-SHA-256 of the root key (RFC 5869). The same label gives the same key on
// every node for as long as the installation lives. The caller keeps it out of
// logs; [Key](k) hides it.
func (r *Ring) Derive(label string) [32]byte {
	return subkey(r.derive, label)
}

func subkey(k Key, label string) Key {
	b, err := hkdf.Key(sha256.New, k[:], nil, "countersign v1 "+label, len(Key{}))
	if err != nil {
		panic("keyring: " + err.Error()) // only for lengths that we do not ask for
	}
	return Key(b)
}
