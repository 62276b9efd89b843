package password

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/ident"
)

// keyedForm begins the stored form of a PIN: the number of its key, then the Argon2id
// hash of the MAC of customer and PIN under that key.
const keyedForm = "$hmac-sha256$k="

// keyLabel is for ever: keys of PINs are derived from the root key of the keyring
// under it and their number.
const keyLabel = "password.pin."

// keyed returns what is hashed of a secret: for a PIN its MAC, of 32 bytes; number 0 is
// no key, and the secret itself.
func (p *Passwords) keyed(number int, customer ident.ID, normal []byte) []byte {
	if number == 0 {
		return normal
	}
	key := p.ring.Derive(keyLabel + strconv.Itoa(number))
	defer clear(key[:])
	m := hmac.New(sha256.New, key[:])
	m.Write(customer[:])
	m.Write(normal)
	return m.Sum(nil)
}

// keyOf takes the number of its key off a stored form; 0 when it has none.
func keyOf(stored string) (number int, text string, err error) {
	rest, ok := strings.CutPrefix(stored, keyedForm)
	if !ok {
		return 0, stored, nil
	}
	digits, text, _ := strings.Cut(rest, "$")
	number, err = strconv.Atoi(digits)
	if err != nil || number < 1 {
		return 0, "", errors.New("password: the stored form names no key")
	}
	return number, "$" + text, nil
}

// hash returns the stored form of a new secret under the key of the given number.
func (p *Passwords) hash(ctx context.Context, number int, customer ident.ID, normal []byte) (string, error) {
	text, err := p.hasher.Hash(ctx, p.keyed(number, customer, normal))
	if err == nil && number != 0 {
		text = keyedForm + strconv.Itoa(number) + text
	}
	return text, err
}

// verify reports whether a secret fits a stored form of ours, and whether the form
// is to be made again: other costs, or a PIN under another key than want.
func (p *Passwords) verify(ctx context.Context, stored string, want int, customer ident.ID, normal []byte) (ok, outdated bool, err error) {
	number, text, err := keyOf(stored)
	if err != nil {
		return false, false, err
	}
	ok, outdated, err = p.hasher.Verify(ctx, text, p.keyed(number, customer, normal))
	return ok, outdated || want != 0 && want != number, err
}
