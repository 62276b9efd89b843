package client

import (
	"crypto/subtle"
	"encoding/base64"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// secretPrefix lets scanners find secrets that leaked into code.
const secretPrefix = "cs_secret_"

// newSecret makes a secret of 256 bits, and the MAC that is stored.
func (r *Register) newSecret(id ident.ID) (secret string, mac []byte) {
	var b [32]byte
	if _, err := io.ReadFull(r.Rand, b[:]); err != nil {
		panic("client: no randomness: " + err.Error())
	}
	secret = secretPrefix + base64.RawURLEncoding.EncodeToString(b[:])
	return secret, r.secretMAC(id, secret)
}

func (r *Register) secretMAC(id ident.ID, secret string) []byte {
	return r.Ring.MAC("client.secret", id[:], []byte(secret))
}

// secretFits compares in constant time with both secrets that may work.
func (r *Register) secretFits(c *Client, secret string, now time.Time) bool {
	mac := r.secretMAC(c.ID, secret)
	fits := subtle.ConstantTimeCompare(mac, c.secret)
	old := subtle.ConstantTimeCompare(mac, c.previous)
	if !now.Before(c.PreviousUntil) {
		old = 0
	}
	return fits|old == 1
}
