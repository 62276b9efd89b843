package mobiletoken

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// AuditCompared is the kind of the audit record of a comparison code that was right.
const AuditCompared = "mobile_token.compared"

// NotCompared says that the owner has not typed the comparison code yet. It counts as
// nothing: the device asks again.
const NotCompared Reason = "not_compared"

// comparisonDigits is the length of a comparison code. It guards against a code that went to
// somebody else's device, not against guessing: attempts are few.
const comparisonDigits = 4

// ComparisonCode is what a device shows once it has the key that was provisioned (K_TOKEN
// of RFC 6063), for its owner to type where the device was asked for (S-04): four digits
// of HKDF-SHA-256 of the key (RFC 5869), without salt, with the info "countersign mobile
// token compare", the first 8 bytes of it taken as a big-endian number, modulo 10000. Who
// has photographed the activation code and was faster has another one.
func ComparisonCode(provisioned []byte) (string, error) {
	b, err := hkdf.Key(sha256.New, provisioned, nil, "countersign mobile token compare", 8)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%0*d", comparisonDigits, binary.BigEndian.Uint64(b)%10_000), nil
}

// Compare takes the comparison code of a token's pending key, which its owner reads off
// the new device. It is asked for where activation.compare is on and the owner has asked
// for the activation code; until then Confirm answers NotCompared. Wrong ones count like wrong
// first codes. Customers give a proof.
func (d *Desk) Compare(ctx context.Context, by audit.Actor, o Order, typed string) (why Reason, err error) {
	typed, err = oath.CanonicalRange(typed, comparisonDigits, comparisonDigits)
	if err != nil {
		return "", fault.Invalidf("mobiletoken.comparison_form", "A comparison code has %d digits.", comparisonDigits).WithField("comparison")
	}
	_, err = d.within(ctx, by, o, needProof, func(u *unit) error {
		why, err = u.compare(typed)
		return err
	})
	return why, err
}

func (u *unit) compare(typed string) (Reason, error) {
	pending, err := keysOf(u.tx, u.t.Customer, u.t.ID, "pending")
	if err != nil {
		return "", err
	}
	k, found := codeKey(pending)
	switch {
	case !found:
		return u.refuse(NotPending)
	case u.tx.Now.After(k.Expires):
		return u.refuse(TooLate)
	}
	if err := u.offered(); err != nil {
		return "", err
	}
	claimed, err := firsts.Claim(u.tx, u.app.Activation.Attempts, k.Customer, k.ID)
	if err != nil {
		return "", err
	}
	if !claimed {
		return u.refuse(TooMany)
	}
	seed, err := u.d.Ring.Open(seedLabel, k.ID, k.seed)
	if err != nil {
		return "", err
	}
	want, err := ComparisonCode(seed)
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(typed)) != 1 {
		return u.wrongFirst(k)
	}
	if _, err := u.tx.Exec("UPDATE mobile_key SET compared_at = $3 WHERE customer = $1 AND id = $2", u.t.Customer, k.ID, u.tx.Now); err != nil {
		return "", err
	}
	if _, err := firsts.Clear(u.tx, k.Customer, k.ID); err != nil {
		return "", err
	}
	return Accepted, u.record(AuditCompared, nil)
}

// uncompared reports whether the comparison code of a pending key is still to be typed.
func uncompared(tx *db.Tx, app policy.Application, k Key) (bool, error) {
	if !app.Activation.Compare {
		return false, nil
	}
	c, found, err := lastCode(tx, k.Customer, k.Token)
	if err != nil || !found || !strings.HasPrefix(c.By, string(audit.CustomerKind)+":") {
		return false, err
	}
	var at time.Time
	err = tx.Row("SELECT compared_at FROM mobile_key WHERE customer = $1 AND id = $2", k.Customer, k.ID).Scan(&at)
	return at.IsZero(), err
}
