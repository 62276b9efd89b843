package mobileid

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/ota/applet"
)

// validateFor is how long after its time a signature may wait for its validation; then it is
// invalid: nobody is told that something is good which could not be checked.
const validateFor = 2 * time.Minute

// patience is how long a status that cannot be learned is asked for again.
const patience = 15 * time.Second

var errNoStatus = errors.New("mobileid: the status of the certificate cannot be learned now")

// Validator judges signatures that have come: the outbox handler of MessageValidate.
type Validator struct{ *Desk }

var (
	_ outbox.Handler    = Validator{}
	_ outbox.Undertaker = Validator{}
)

// Deliver implements outbox.Handler. What the authority cannot say now is tried again.
func (v Validator) Deliver(ctx context.Context, m outbox.Message) error {
	p, err := readPlace(m)
	if err != nil {
		return err
	}
	var t Transaction
	var k key
	var found, keyed bool
	var now time.Time
	err = v.DB.Read(ctx, func(tx *db.Tx) error {
		now = tx.Now
		if t, found, err = find(tx, "customer = $1 AND id = $2", p.Customer, p.ID); err != nil || !found {
			return err
		}
		k, keyed, err = liveKey(tx, t.Customer, t.Mobile, t.Role)
		return err
	})
	if err != nil || !found || t.Status != Signed {
		return err
	}
	verdict, err := Verdict{Reason: NoCertificate}, error(nil)
	if keyed {
		if verdict, err = v.judge(ctx, &t, k, now); err != nil {
			return err
		}
	}
	return v.judged(ctx, t, k, verdict)
}

// judge makes the signature whole, and validates it. Nothing of the card's answer but the signature
// is used: what was signed is computed from what was asked for.
func (v Validator) judge(ctx context.Context, t *Transaction, k key, now time.Time) (Verdict, error) {
	parts := t.parts(k)
	if wrong := k.Algorithm.Verify(k.Public, t.signedHash(), t.Signature); wrong != nil {
		return Verdict{Reason: WrongSignature}, nil //nolint:nilerr // that is the verdict
	}
	cms, err := v.CA.Assemble(parts)
	if err != nil {
		return Verdict{}, err
	}
	t.CMS = cms
	x, err := v.CA.Validate(ctx, parts, cms, t.Answered)
	if err == nil && x.Reason == NoRevocation && now.Before(t.Answered.Add(patience)) {
		err = errNoStatus
	}
	return x, err
}

// parts are what the signature of a transaction is made of.
func (t *Transaction) parts(k key) Parts {
	p := Parts{Content: t.Content, Digest: t.Digest, Signature: t.Signature, Certificate: k.Certificate, Chain: k.Chain, Role: t.Role}
	if t.Form == applet.Attributed {
		p.Attributes, p.Nonce = applet.Attributes(t.Digest, t.Nonce), t.Nonce[:]
	}
	return p
}

// signedHash is what the card has signed.
func (t *Transaction) signedHash() [32]byte {
	if t.Form == applet.Attributed {
		return sha256.Sum256(applet.Attributes(t.Digest, t.Nonce))
	}
	return t.Digest
}

// judged stores a verdict. The certificate must still be the registered one at this moment: a mobile ID
// that was suspended meanwhile has no open transaction, and one that was registered anew no such key.
func (v Validator) judged(ctx context.Context, t Transaction, k key, x Verdict) error {
	return v.DB.Settle(ctx, t.Customer, func(tx *db.Tx) error {
		t := t
		to := Valid
		if !x.Good {
			to = Invalid
			if x.Reason == RevokedCert || x.Reason == HeldCert {
				to = Revoked
			}
		}
		if to == Valid {
			m, found, err := Get(tx, t.Customer, t.Mobile)
			if err != nil {
				return err
			}
			now, keyed, err := liveKey(tx, t.Customer, t.Mobile, t.Role)
			if err != nil {
				return err
			}
			active, err := signs(tx, t.Customer)
			if err != nil {
				return err
			}
			if !found || !m.Usable(tx.Now) || !active || !keyed || now.Serial != k.Serial {
				to, x.Reason = Revoked, RevokedCert
			}
		}
		return v.settle(tx, t, k, to, x)
	})
}

func (v Validator) settle(tx *db.Tx, t Transaction, k key, to Status, x Verdict) error {
	reason := x.Reason
	if to == Valid {
		reason = NoReason
	}
	signature := t.Signature
	moved, err := v.move(tx, &t, to, outcome{reason: reason, tries: -1})
	if err != nil || !moved {
		return err
	}
	if _, err := tx.Exec("UPDATE mobile_id_request SET cms = $3, certificate = $4, chain = $5, ocsp = $6, checked_at = $7 WHERE customer = $1 AND id = $2",
		t.Customer, t.ID, t.CMS, k.Certificate, k.Chain, x.OCSP, tx.Now); err != nil {
		return err
	}
	t.Signature = signature
	v.ended(tx, system, t)
	if to != Valid {
		return nil
	}
	if err := calm(tx, t.number); err != nil {
		return err
	}
	return v.put(tx, MessageStamp, ident.ID{}, Place{t.Customer, t.ID}, time.Time{})
}

// Buried implements outbox.Undertaker: what could not be validated is not valid.
func (v Validator) Buried(tx *db.Tx, m outbox.Message, _ string) error {
	t, found, err := find(tx, "customer = $1 AND id = $2", m.Customer, m.ID)
	if err != nil || !found || t.Status != Signed {
		return err
	}
	if moved, err := v.move(tx, &t, Invalid, outcome{reason: NoRevocation, tries: -1}); err != nil || !moved {
		return err
	}
	v.ended(tx, audit.System("outbox"), t)
	return nil
}

// Stamper has valid signatures time-stamped: the outbox handler of MessageStamp.
type Stamper struct{ *Desk }

// Deliver implements outbox.Handler.
func (s Stamper) Deliver(ctx context.Context, m outbox.Message) error {
	p, err := readPlace(m)
	if err != nil {
		return err
	}
	var t Transaction
	var found bool
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		t, found, err = find(tx, "customer = $1 AND id = $2", p.Customer, p.ID)
		return err
	})
	if err != nil || !found || t.Status != Valid || len(t.Stamp) > 0 {
		return err
	}
	token, err := s.CA.Stamp(ctx, sha256.Sum256(t.Signature))
	if err != nil {
		return err
	}
	return s.DB.Settle(ctx, t.Customer, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE mobile_id_request SET stamp = $3 WHERE customer = $1 AND id = $2 AND stamp IS NULL", t.Customer, t.ID, token)
		tx.After(func() { s.told(t) })
		return err
	})
}
