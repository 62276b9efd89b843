package oath

import (
	"errors"
	"fmt"
)

// MinKey is the shortest shared secret that RFC 4226, section 4, requirement
// R6, allows, in bytes (128 bits).
const MinKey = 16

// maxKey bounds what a constructor accepts, in bytes. No token has a longer
// key, and HMAC would only hash it down.
const maxKey = 1024

// CheckKey is the policy for keys that are created or imported: at least 128
// bits (RFC 4226, R6). The length of the digest, 20, 32 or 64 bytes, is
// recommended; see Hash.Size. The constructors accept shorter keys, because
// vectors and old tokens have them; whoever stores keys asks here first.
func CheckKey(key []byte) error {
	if len(key) < MinKey {
		return fmt.Errorf("oath: the key has %d bits, RFC 4226 requires at least %d: ask the issuer for a longer one",
			8*len(key), 8*MinKey)
	}
	return usableKey(key)
}

// usableKey refuses what cannot be a key at all.
func usableKey(key []byte) error {
	switch {
	case len(key) == 0:
		return errors.New("oath: the key is empty")
	case len(key) > maxKey:
		return fmt.Errorf("oath: the key has %d bytes, at most %d are accepted", len(key), maxKey)
	}
	return nil
}
