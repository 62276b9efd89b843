package cryptogram

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/countersign-auth/countersign/cmac"
)

// Profile is how a key-encryption key is made of a shared key and data of devices.
type Profile uint8

// Profiles.
const (
	Hardened Profile = iota // HKDF with SHA-256 over the shared key, identifiers and a secret of each device; AES-256
	Patent                  // AES of the data under the shared key, and AES-CMAC of more than 16 octets of them; AES-128
)

// SharedSize is how many octets the key that a primary shares with the server has.
const SharedSize = 16

// KEK seals credentials: a key-encryption key that needs the primary's shared key and the data of one or several other
// devices. It hides itself from every print.
type KEK struct {
	hidden
	aead    cipher.AEAD
	devices []byte // who they are, bound into what is sealed
}

// NewKEK derives a key from a shared key of [SharedSize] octets and 1 to 8 devices. The profile [Hardened] needs a
// secret of each. The error is [ErrTwice], or says what is wrong with the input.
func NewKEK(p Profile, shared []byte, how Combination, devices ...Device) (*KEK, error) {
	if len(shared) != SharedSize {
		return nil, fmt.Errorf("cryptogram: a shared key has %d octets, not %d", SharedSize, len(shared))
	}
	if err := checkDevices(how, devices); err != nil {
		return nil, err
	}
	key, err := kek(p, shared, how, devices)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &KEK{aead: aead, devices: who(how, devices)}, nil
}

// kek is the key itself.
func kek(p Profile, shared []byte, how Combination, devices []Device) ([]byte, error) {
	if p == Hardened {
		if slices.ContainsFunc(devices, func(d Device) bool { return len(d.Secret) == 0 }) {
			return nil, errors.New("cryptogram: the hardened profile needs a secret of each device")
		}
		all := combine(how, devices, Device.hardBlock, func(d Device) []byte { b := d.hardBlock(); return b[:] })
		return hkdf.Key(sha256.New, shared, all, fmt.Sprintf("countersign/v1 kek %d %d", how, len(devices)), 32)
	}
	block, err := aes.NewCipher(shared)
	if err != nil {
		return nil, err
	}
	all := combine(how, devices, Device.blockOf, func(d Device) []byte { return d.Value })
	if len(all) > aes.BlockSize {
		mac := cmac.Sum(block, all)
		return mac[:], nil
	}
	out := make([]byte, aes.BlockSize)
	copy(out, all)
	block.Encrypt(out, out)
	return out, nil
}

// who is a digest of the combination and the names of its devices: lengths and kinds, which a zero-filled block does not tell, are
// bound by it.
func who(how Combination, devices []Device) []byte {
	names := make([][]byte, len(devices))
	for i, d := range devices {
		names[i] = d.name()
	}
	if how == Sum || how == ExclusiveOr {
		slices.SortFunc(names, bytes.Compare)
	}
	digest := sha256.Sum256(append([]byte{byte(how)}, bytes.Join(names, nil)...))
	return digest[:]
}

// Binding is what a sealed credential belongs to.
type Binding struct {
	Token string // the payment token's id; at most 255 octets
	Key   string // the key's id; at most 255 octets
	Part  byte   // which part of a credential; 0 for a whole one
}

// ErrSealed says that a credential does not open: another device, token, key or part, or changed octets.
var ErrSealed = errors.New("cryptogram: the credential does not open with these devices")

// Seal encrypts a credential, bound to what it belongs to and to the devices. Two seals of one credential differ.
func (k *KEK) Seal(b Binding, credential []byte) ([]byte, error) {
	aad, err := k.bound(b)
	if err != nil {
		return nil, err
	}
	return k.aead.Seal(nil, nil, credential, aad), nil //nolint:gosec // the cipher draws its nonces itself
}

// Open decrypts what [KEK.Seal] made. The error is [ErrSealed] for whatever does not open.
func (k *KEK) Open(b Binding, sealed []byte) ([]byte, error) {
	aad, err := k.bound(b)
	if err != nil {
		return nil, err
	}
	out, err := k.aead.Open(nil, nil, sealed, aad)
	if err != nil {
		return nil, ErrSealed
	}
	return out, nil
}

// bound is the additional data: no two bindings have the same.
func (k *KEK) bound(b Binding) ([]byte, error) {
	if len(b.Token) > 255 || len(b.Key) > 255 {
		return nil, errors.New("cryptogram: ids of tokens and keys have at most 255 octets")
	}
	out := append([]byte("countersign/v1 wrap"), b.Part)
	for _, id := range []string{b.Token, b.Key} {
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(id))), id...) //nolint:gosec // at most 255
	}
	return append(out, k.devices...), nil
}
