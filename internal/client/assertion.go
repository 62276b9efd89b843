package client

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Bounds of a client assertion (RFC 7523, section 3).
const (
	maxAssertion = 8 << 10         // bytes
	maxLife      = 5 * time.Minute // from now to exp
	skew         = 30 * time.Second
	maxJTI       = 256 // bytes
)

// spent says which assertion a request used up; the zero value is none.
type spent struct {
	digest  []byte
	expires time.Time
}

// spend stores the assertion; false when it was used before.
func (s spent) spend(tx *db.Tx, client ident.ID) (bool, error) {
	if s.digest == nil {
		return true, nil
	}
	n, err := tx.Exec("INSERT INTO client_assertion (client, digest, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", client, s.digest, s.expires)
	return n == 1, err
}

// subject returns what an assertion that is not verified yet says about whom it is.
func subject(assertion string) string {
	var c jwt.Claims
	if len(assertion) > maxAssertion {
		return ""
	}
	tok, err := jwt.ParseSigned(assertion, algorithms)
	if err != nil || tok.UnsafeClaimsWithoutVerification(&c) != nil {
		return ""
	}
	return c.Subject
}

// checkAssertion verifies a client assertion; why is "" when it is good.
func (r *Register) checkAssertion(c *Client, assertion string, now time.Time) (used spent, why string) {
	if len(assertion) > maxAssertion {
		return used, "assertion too long"
	}
	tok, err := jwt.ParseSigned(assertion, algorithms)
	if err != nil || len(tok.Headers) != 1 {
		return used, "assertion malformed or of another algorithm"
	}
	claims, ok := verify(tok, c.Keys)
	if !ok {
		return used, "no key fits the assertion"
	}
	if why := r.checkClaims(claims, c.ID, now); why != "" {
		return used, why
	}
	digest := sha256.Sum256([]byte(claims.ID))
	return spent{digest: digest[:], expires: claims.Expiry.Time().Add(skew)}, ""
}

// verify tries the keys that the header allows.
func verify(tok *jwt.JSONWebToken, keys jose.JSONWebKeySet) (claims jwt.Claims, ok bool) {
	h := tok.Headers[0]
	for i := range keys.Keys {
		k := &keys.Keys[i]
		if h.KeyID != "" && k.KeyID != "" && h.KeyID != k.KeyID {
			continue
		}
		for _, a := range algorithmsFor(k) {
			if string(a) == h.Algorithm && tok.Claims(k.Key, &claims) == nil {
				return claims, true
			}
		}
	}
	return jwt.Claims{}, false
}

// checkClaims applies RFC 7523, section 3, and our bounds.
func (r *Register) checkClaims(c jwt.Claims, id ident.ID, now time.Time) (why string) {
	switch {
	case c.Issuer != id.String() || c.Subject != id.String():
		return "issuer and subject are not the client"
	case !c.Audience.Contains(r.Issuer) && !c.Audience.Contains(r.Endpoint):
		return "addressed to somebody else"
	case c.Expiry == nil || !now.Before(c.Expiry.Time().Add(skew)):
		return "expired"
	case c.Expiry.Time().After(now.Add(maxLife + skew)):
		return "lives too long"
	case c.NotBefore != nil && c.NotBefore.Time().After(now.Add(skew)):
		return "not valid yet"
	case c.IssuedAt != nil && c.IssuedAt.Time().After(now.Add(skew)):
		return "issued in the future"
	case c.ID == "" || len(c.ID) > maxJTI:
		return "jti missing or too long"
	}
	return ""
}

// Sweep deletes up to limit assertions that have expired, and says how many there
// were.
func (r *Register) Sweep(ctx context.Context, limit int) (n int64, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(`DELETE FROM client_assertion WHERE (client, digest) IN
			(SELECT client, digest FROM client_assertion WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`, tx.Now, limit)
		return err
	})
	return n, err
}
