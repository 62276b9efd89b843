package keyring

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Sizes of a value wrapped by a Local key: version, fingerprint, nonce, then the
// ciphertext with its tag.
const (
	wrapVersion   = 1
	fingerprint   = 6 // bytes; names a key among the few of one file
	nonceSize     = 12
	tagSize       = 16
	wrapHeader    = 1 + fingerprint + nonceSize
	wrapLabel     = "countersign key-encryption key v1"
	minLocalWrap  = wrapHeader + tagSize
	maxLocalKeys  = 16
	errUnwrapText = "The key-encryption key does not open this data key: the row was changed, or the key file is not the one of this installation."
)

// Local is a key-encryption key held in memory: AES-256-GCM with random nonces.
// The first key wraps, all of them unwrap. It is safe for concurrent use.
type Local struct {
	keys []localKey
	rand io.Reader
}

type localKey struct {
	id   [fingerprint]byte
	aead cipher.AEAD
}

// NewLocal makes a key-encryption key from 1 to 16 keys; the first one wraps.
// Rand gives the nonces (use crypto/rand.Reader).
func NewLocal(rand io.Reader, keys ...Key) (*Local, error) {
	if len(keys) == 0 || len(keys) > maxLocalKeys {
		return nil, fault.Invalidf("keyring.kek_count", "Give 1 to %d key-encryption keys; there are %d.", maxLocalKeys, len(keys))
	}
	l := &Local{rand: rand}
	for _, k := range keys {
		if k == (Key{}) {
			return nil, fault.Invalidf("keyring.kek_zero", "A key-encryption key of only zeros is no key. Make one with `countersign keys init`.")
		}
		l.keys = append(l.keys, localKey{k.fingerprint(), newGCM(k)})
	}
	return l, nil
}

// ID returns the fingerprint of the wrapping key.
func (l *Local) ID() string { return "local:" + hex.EncodeToString(l.keys[0].id[:]) }

// IDs returns the names of all keys, the wrapping one first.
func (l *Local) IDs() []string {
	var ids []string
	for _, k := range l.keys {
		ids = append(ids, "local:"+hex.EncodeToString(k.id[:]))
	}
	return ids
}

// Wrap encrypts material under the first key.
func (l *Local) Wrap(_ context.Context, material []byte) ([]byte, error) {
	k := l.keys[0]
	out := make([]byte, wrapHeader, wrapHeader+len(material)+tagSize)
	out[0] = wrapVersion
	copy(out[1:], k.id[:])
	if _, err := io.ReadFull(l.rand, out[1+fingerprint:wrapHeader]); err != nil {
		return nil, fmt.Errorf("wrap a data key: no randomness: %w", err)
	}
	return k.aead.Seal(out, out[1+fingerprint:wrapHeader], material, []byte(wrapLabel)), nil
}

// Unwrap decrypts what Wrap made under any of the keys.
func (l *Local) Unwrap(_ context.Context, wrapped []byte) ([]byte, error) {
	if len(wrapped) < minLocalWrap || wrapped[0] != wrapVersion {
		return nil, fault.New(fault.Internal, "keyring.wrapped_form", "A row of data_key is not in a form that this version can read. Restore it from a backup.")
	}
	id := wrapped[1 : 1+fingerprint]
	i := slices.IndexFunc(l.keys, func(k localKey) bool { return string(k.id[:]) == string(id) })
	if i < 0 {
		return nil, fault.New(fault.Unavailable, "keyring.kek_unknown",
			"The data keys are wrapped by the key-encryption key local:%x, but the key file or environment holds only %s. Put the missing key back (it may be the second one in the file) and start again.",
			id, strings.Join(l.IDs(), ", "))
	}
	material, err := l.keys[i].aead.Open(nil, wrapped[1+fingerprint:wrapHeader], wrapped[wrapHeader:], []byte(wrapLabel))
	if err != nil {
		return nil, fault.New(fault.Internal, "keyring.wrapped_changed", errUnwrapText).WithCause(errors.New("authentication failed"))
	}
	return material, nil
}

// fingerprint names a key without telling anything useful about it.
func (k Key) fingerprint() (id [fingerprint]byte) {
	sum := sha256.Sum256(append([]byte("countersign key fingerprint\x00"), k[:]...))
	copy(id[:], sum[:])
	return id
}

// newGCM makes AES-256-GCM. The sizes are fixed, so it cannot fail.
func newGCM(k Key) cipher.AEAD {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		panic("keyring: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("keyring: " + err.Error())
	}
	return aead
}
