package pki_test

import (
	"crypto/sha256"
	"crypto/x509"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/pki"
)

// TestDelegatesAreRenewed: responder and clock get new certificates in time; old stamps stay good, and old keys are destroyed.
func TestDelegatesAreRenewed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sum := sha256.Sum256(text)
		token, err := w.desk.Stamp(t.Context(), sum)
		w.must(err)
		w.clock.Advance(59 * 24 * time.Hour)
		w.must(w.desk.Upkeep(t.Context()))
		if n := w.count("pki_authority WHERE kind = 'ocsp'"); n != 1 {
			t.Error("renewed too early", n)
		}
		w.clock.Advance(2 * 24 * time.Hour)
		w.must(w.desk.Upkeep(t.Context()))
		w.must(w.desk.Upkeep(t.Context()))
		if n := w.count("pki_authority WHERE kind = 'ocsp'"); n != 2 || w.count("pki_authority WHERE kind = 'ocsp' AND state = 'active'") != 1 {
			t.Error("renewed not once", n)
		}
		w.clock.Advance(4 * 365 * 24 * time.Hour)
		w.must(w.desk.Upkeep(t.Context()))
		if n := w.count("pki_authority WHERE kind = 'tsa'"); n != 2 {
			t.Error("the clock's", n)
		}
		w.clock.Advance(2 * time.Hour)
		_, err = w.desk.Sweep(t.Context(), 100)
		w.must(err)
		if n := w.count("pki_authority WHERE state = 'retired' AND private IS NOT NULL"); n != 0 {
			t.Error("keys that retired are kept", n)
		}
		if s, err := w.desk.VerifyStamp(t.Context(), token, sum); err != nil || s.At.IsZero() {
			t.Error("an old stamp", err)
		}
		if _, err := w.desk.VerifyStamp(t.Context(), token, sha256.Sum256(nil)); err == nil {
			t.Error("a stamp over something else")
		}
		if _, err := w.desk.Stamp(t.Context(), sum); err != nil {
			t.Error(err)
		}
	})
}

// TestListsAndNumbers: a list is made when something has changed or half of its time is over; its number never comes again, also
// when the database is from before.
func TestListsAndNumbers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := func() int64 {
			list, _, err := w.desk.RevocationList(t.Context(), 1)
			w.must(err)
			l, err := x509.ParseRevocationList(list)
			w.must(err)
			w.must(l.CheckSignatureFrom(w.authority().Certificate))
			return l.Number.Int64()
		}
		w.clock.Advance(pause) // at the moment of the installation something has changed
		first := number()
		w.clock.Advance(11 * time.Hour)
		if number() != first {
			t.Error("a list too early")
		}
		w.clock.Advance(2 * time.Hour)
		second := number()
		_, made := w.issue(pki.Signing, "ecdsa", "a")
		w.clock.Advance(pause)
		if second <= first || number() != second {
			t.Error(first, second)
		}
		w.write(func(tx *db.Tx) error { return w.desk.Revoke(tx, officer, made.Serial, pki.Superseded) })
		third := number()
		w.write(func(tx *db.Tx) error { // as restored from the morning's backup
			if _, err := tx.Exec("DELETE FROM pki_list WHERE number >= $1", second); err != nil {
				return err
			}
			_, err := tx.Exec("UPDATE pki_authority SET list_number = $1, changed_at = NULL WHERE number = 1", first)
			return err
		})
		w.clock.Advance(pause)
		if fourth := number(); third <= second || fourth <= third {
			t.Error("a number came again", first, second, third, fourth)
		}
		for range 15 {
			w.clock.Advance(13 * time.Hour)
			number()
		}
		_, err := w.desk.Sweep(t.Context(), 100)
		w.must(err)
		if n := w.count("pki_list WHERE issuer = 1"); n != 10 {
			t.Error("lists are kept", n)
		}
	})
}

// authority is the issuing one.
func (w *world) authority() pki.Authority {
	w.Helper()
	all, err := w.desk.Authorities(w.Context())
	w.must(err)
	for _, a := range all {
		if a.Kind == pki.IssuingKind && a.State == pki.Active {
			return a
		}
	}
	w.Fatal("no issuing authority")
	return pki.Authority{}
}

// TestMerge: what was revoked after the backup is taken from the last published list.
func TestMerge(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, made := w.issue(pki.Signing, "ecdsa", "a")
		_, held := w.issue(pki.Signing, "ecdsa", "b")
		w.write(func(tx *db.Tx) error { return w.desk.Revoke(tx, officer, made.Serial, pki.KeyCompromise) })
		w.write(func(tx *db.Tx) error { return w.desk.Suspend(tx, officer, held.Serial) })
		w.clock.Advance(pause)
		list, _, err := w.desk.RevocationList(t.Context(), w.authority().Number)
		w.must(err)
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE pki_certificate SET status = 'good', reason = 0")
			return err
		})
		w.finding(pki.Valid, w.claim(c, made))
		n, err := w.desk.Merge(t.Context(), officer, list)
		if err != nil || n != 2 {
			t.Error(n, err)
		}
		w.finding(pki.IsRevoked, w.claim(c, made))
		if x, _, err := w.desk.Get(t.Context(), held.Serial); err != nil || x.Status != pki.OnHold {
			t.Error(x.Status, err)
		}
		if n, err := w.desk.Merge(t.Context(), officer, list); err != nil || n != 0 {
			t.Error("twice", n, err)
		}
	})
}

// TestAuthoritiesFollow: a new issuing authority issues, the former one goes on to answer for what it has issued.
func TestAuthoritiesFollow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, made := w.issue(pki.Signing, "ecdsa", "a")
		former := w.authority()
		request, err := w.desk.Request(t.Context(), officer, pki.RSA3072, pki.Subject{CommonName: "The Next CA"})
		w.must(err)
		stranger, err := pki.NewRoot(pki.P256, pki.Subject{CommonName: "Stranger"}, w.clock.Now())
		w.must(err)
		strange, err := stranger.SignIssuing(request, w.clock.Now(), "")
		w.must(err)
		if err := w.desk.Install(t.Context(), officer, strange, w.root.Certificate, nil); !fault.Is(err, "pki.certificate") {
			t.Error("signed by a stranger", err)
		}
		next, err := w.root.SignIssuing(request, w.clock.Now(), "")
		w.must(err)
		w.must(w.desk.Install(t.Context(), officer, next, w.root.Certificate, nil))
		if err := w.desk.Install(t.Context(), officer, next, w.root.Certificate, nil); !fault.Is(err, "pki.no_request") {
			t.Error("twice", err)
		}
		c2, made2 := w.issue(pki.Signing, "rsa", "b")
		if made2.Certificate.Issuer.CommonName != "The Next CA" || made.Certificate.CheckSignatureFrom(former.Certificate) != nil {
			t.Error(made2.Certificate.Issuer)
		}
		w.finding(pki.Valid, w.claim(c, made))
		w.finding(pki.Valid, w.claim(c2, made2))
		w.write(func(tx *db.Tx) error { return w.desk.Revoke(tx, officer, made.Serial, pki.Superseded) })
		w.finding(pki.IsRevoked, w.claim(c, made))
		w.clock.Advance(pause)
		list, _, err := w.desk.RevocationList(t.Context(), former.Number)
		w.must(err)
		if l, err := x509.ParseRevocationList(list); err != nil || len(l.RevokedCertificateEntries) != 1 || l.CheckSignatureFrom(former.Certificate) != nil {
			t.Error("the list of the former", err)
		}
		if _, err := w.desk.Stamp(t.Context(), [32]byte{1}); err != nil {
			t.Error(err)
		}
	})
}
