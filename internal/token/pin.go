package token

import (
	"crypto/subtle"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/oath"
)

// split takes a typed PIN off the code and says whether it is right. The code is
// empty when the text is too short or too long for the key. Keys without a typed PIN take
// the text as it is.
func (t *Tokens) split(k *Key, typed string) (code string, pinRight bool) {
	digits := k.Digits
	if k.Algorithm == OCRA {
		s, err := oath.ParseSuite(k.Suite)
		if err != nil {
			return "", false
		}
		digits = s.Digits
	}
	if !k.PINMode.Typed() {
		return typed, len(typed) == digits
	}
	n := len(typed) - digits
	if n < 1 || n > maxPIN {
		return "", false
	}
	pin, code := typed[:n], typed[n:]
	if k.PINMode == PINAppend {
		code, pin = typed[:digits], typed[digits:]
	}
	want := hashPIN(t.ring, k.Device, pin)
	return code, k.HasPIN() && subtle.ConstantTimeCompare(want, k.pinHash) == 1
}

// hashPIN is the keyed hash of a PIN. A memory-hard hash would add little to four
// digits against somebody who holds the database; the key in the keyring does.
func hashPIN(ring *keyring.Ring, id ident.ID, pin string) []byte {
	return ring.MAC(pinLabel, id[:], []byte(pin))
}

// ReadPIN gives the canonical form of a PIN that a customer chose for a key, or
// says why it will not do. shortest is the policy's minimum, in digits.
func ReadPIN(typed string, k *Key, shortest int) (string, error) {
	shortest = max(shortest, k.PINMin, 4)
	pin, err := oath.CanonicalRange(typed, shortest, maxPIN)
	if err != nil {
		return "", fault.Invalidf("token.pin_form", "The PIN must have %d to %d digits.", shortest, maxPIN).WithField("pin")
	}
	if trivial(pin) {
		return "", fault.Invalidf("token.pin_trivial", "This PIN is too easy to guess. Choose one without repeated or consecutive digits only.").WithField("pin")
	}
	return pin, nil
}

// trivial reports PINs of one digit, and runs up or down.
func trivial(pin string) bool {
	return strings.Count(pin, pin[:1]) == len(pin) ||
		strings.Contains("01234567890", pin) || strings.Contains("09876543210", pin)
}

// SetPIN stores the PIN of a key whose PIN the server knows. A key that has one
// keeps it: a PIN is changed by its own flow. A PIN that enters the computation is
// that of all keys of the token.
func (t *Tokens) SetPIN(tx *db.Tx, k *Key, pin string) (bool, error) {
	if k.PINMode == PINAlgorithmic {
		n, err := tx.Exec("UPDATE token_key SET pin_sealed = $2 WHERE device = $1 AND pin_mode = 'algorithmic' AND pin_sealed IS NULL",
			k.Device, t.ring.Seal(pinLabel, k.Device, []byte(pin)))
		return n > 0, err
	}
	n, err := tx.Exec("UPDATE token_key SET pin_hash = $3 WHERE device = $1 AND key_id = $2 AND pin_hash IS NULL",
		k.Device, k.KeyID, hashPIN(t.ring, k.Device, pin))
	return n == 1, err
}
