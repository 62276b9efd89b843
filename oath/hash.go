package oath

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"strings"
)

// Hash is the hash function under HMAC, or under the PIN of an OCRA suite.
// The zero value is SHA-1, the default of RFC 4226, RFC 6238 and RFC 6287.
//
// It must come from the token's algorithm or suite, never from the length of
// its key: files with SHA-1 tokens and 32-byte keys exist.
type Hash uint8

// The hash functions of OATH (RFC 6238, section 1.2; RFC 6287, section 5.2).
const (
	SHA1 Hash = iota
	SHA256
	SHA512
)

// ParseHash reads a name such as "SHA1", "sha256" or "SHA-512". Letters may be
// of either case and the hyphen is optional; anything else is an error.
func ParseHash(s string) (Hash, error) {
	switch strings.Replace(strings.ToUpper(s), "SHA-", "SHA", 1) {
	case "SHA1":
		return SHA1, nil
	case "SHA256":
		return SHA256, nil
	case "SHA512":
		return SHA512, nil
	}
	return 0, fmt.Errorf("oath: unknown hash %.20q: use SHA1, SHA256 or SHA512", s)
}

// String returns the name as suites spell it: "SHA1", "SHA256" or "SHA512".
func (h Hash) String() string {
	switch h {
	case SHA1:
		return "SHA1"
	case SHA256:
		return "SHA256"
	case SHA512:
		return "SHA512"
	}
	return fmt.Sprintf("Hash(%d)", uint8(h))
}

// Size returns the length of the digest in bytes: 20, 32 or 64; 0 for a value
// that is none of the three.
func (h Hash) Size() int {
	switch h {
	case SHA1:
		return sha1.Size
	case SHA256:
		return sha256.Size
	case SHA512:
		return sha512.Size
	}
	return 0
}

// MarshalText returns the name of the hash; it fails for an unknown value.
func (h Hash) MarshalText() ([]byte, error) {
	if !h.valid() {
		return nil, fmt.Errorf("oath: unknown hash %d", uint8(h))
	}
	return []byte(h.String()), nil
}

// UnmarshalText is ParseHash, for configuration files and flags.
func (h *Hash) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHash(string(text))
	return err
}

func (h Hash) valid() bool { return h.Size() != 0 }

// newFunc returns the constructor that package hmac wants; h is valid.
func (h Hash) newFunc() func() hash.Hash {
	switch h {
	case SHA256:
		return sha256.New
	case SHA512:
		return sha512.New
	default:
		return sha1.New
	}
}
