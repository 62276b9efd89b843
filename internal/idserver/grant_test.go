package idserver_test

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestGrant: what the person has signed is granted once, with evidence that stands on its own, and
// the phone shows what was confirmed (F-3.5 to F-3.8).
func TestGrant(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		o := w.start()
		w.is(o, idserver.Pending, "")
		w.card.sign()
		w.is(o, idserver.Pending, "") // it is here, and not judged
		w.deliver()
		got := w.is(o, idserver.Granted, "")
		e := got.Evidence
		person, err := w.signers.Person(t.Context(), w.owner.Customer)
		w.check(err)
		if e.Person != person || e.Customer != w.owner.Customer || e.Digest != sha256.Sum256([]byte("I accept.")) || e.Control != o.Control || e.Serial != w.certificate(applet.Signing).Serial {
			t.Errorf("%s of %s: %q, %q", e.Person, e.Customer, e.Control, e.Serial)
		}
		leaf, err := x509.ParseCertificate(e.Certificate)
		w.check(err)
		anchors, err := w.pki.Anchors(t.Context())
		w.check(err)
		if r := pki.Judge(pki.Claim{CMS: e.CMS, Content: []byte("I accept."), Leaf: leaf, Profile: pki.Signing, At: w.clock.Now()}, anchors); !r.Good() {
			t.Errorf("the CMS does not stand on its own: %v", r.Cause)
		}
		w.deliver()
		if l := w.card.next(applet.Show); l.Text != "Signed: I accept." || l.Service != "Corner Shop" {
			t.Errorf("the phone shows %q of %q", l.Text, l.Service)
		}
		w.is(o, idserver.Granted, "")
		if n := w.card.count(applet.Show); n != 0 {
			t.Errorf("%d more confirmations", n)
		}
	})
}

// TestGrantedOnce: of 64 who look at once all see the grant, and one has made it.
func TestGrantedOnce(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		o := w.start()
		w.card.sign()
		w.deliver()
		var wg sync.WaitGroup
		start := make(chan struct{})
		for range 64 {
			wg.Go(func() {
				<-start
				got, err := w.desk.Get(t.Context(), shop, o.Handle, 0)
				if err != nil || got.State != idserver.Granted || got.Evidence == nil || got.Evidence.Person == "" {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
		close(start)
		wg.Wait()
		w.deliver()
		if n := w.card.count(applet.Show); n != 1 {
			t.Errorf("%d confirmations", n)
		}
		if n := w.count("journal WHERE kind = $1", idserver.AuditGranted); n != 1 {
			t.Errorf("%d records of one grant", n)
		}
	})
}

// TestNothingKept: a request that could not be kept asks nobody.
func TestNothingKept(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		rename := func(from, to string) {
			w.write(func(tx *db.Tx) error {
				_, err := tx.Exec("ALTER TABLE " + from + " RENAME TO " + to)
				return err
			})
		}
		rename("identity_request", "away")
		if _, err := w.desk.Start(t.Context(), shop, ask(phone)); err == nil {
			t.Error("a request is said to be kept that is not")
		}
		if n := w.count("mobile_id_request WHERE kind = 'sign'"); n != 0 || w.card.count(applet.Sign) != 0 {
			t.Errorf("%d requests are left, %d went to the phone", n, w.card.count(applet.Sign))
		}
		rename("away", "identity_request")
		w.start() // nothing stands in its way
	})
}

// TestJudgement: what the signature server says is valid is granted only if it stands up to the ID
// server's own judgement, of what it has kept itself.
func TestJudgement(t *testing.T) {
	lie := func(column string, value func(*world) any) func(*world) {
		return func(w *world) {
			v := value(w)
			w.write(func(tx *db.Tx) error {
				n, err := tx.Exec("UPDATE mobile_id_request SET "+column+" = $1 WHERE kind = 'sign' AND status = 'valid'", v)
				if err == nil && n != 1 {
					err = errors.New("there is no valid signature to lie about")
				}
				return err
			})
		}
	}
	cms := func(w *world) (b []byte) {
		w.check(w.d.Read(w.Context(), func(tx *db.Tx) error {
			return tx.Row("SELECT cms FROM mobile_id_request WHERE kind = 'sign'").Scan(&b)
		}))
		return b
	}
	verdict := func(r mobileid.Reason) func(*world) {
		return func(w *world) { w.judge.verdict = &mobileid.Verdict{Reason: r} }
	}
	for name, x := range map[string]struct {
		spoil func(*world)
		why   idserver.Reason
	}{
		"truncated":           {lie("cms", func(w *world) any { return cms(w)[:100] }), idserver.Unproven},
		"no CMS":              {lie("cms", func(*world) any { return []byte{} }), idserver.Unproven},
		"a bit":               {lie("cms", func(w *world) any { b := cms(w); b[len(b)-1] ^= 1; return b }), idserver.Unproven},
		"another content":     {lie("content", func(*world) any { return []byte("I accept everything.") }), idserver.Unproven},
		"another digest":      {lie("digest", func(*world) any { b := sha256.Sum256([]byte("x")); return b[:] }), idserver.Unproven},
		"another nonce":       {lie("nonce", func(*world) any { return make([]byte, 16) }), idserver.Unproven},
		"another certificate": {lie("certificate", func(w *world) any { return w.certificate(applet.Authentication).DER }), idserver.Revoked},
		"another key's role":  {lie("role", func(*world) any { return applet.Authentication }), idserver.Unproven},
		"too late":            {lie("answered_at", func(w *world) any { return w.clock.Now().Add(time.Hour) }), idserver.Unproven},
		"wrong signature":     {verdict(mobileid.WrongSignature), idserver.Unproven},
		"wrong chain":         {verdict(mobileid.BadCertificate), idserver.Unproven},
		"on hold":             {verdict(mobileid.HeldCert), idserver.Revoked},
	} {
		t.Run(name, func(t *testing.T) {
			registered(t, func(t *testing.T, w *world) {
				o := w.start()
				w.card.sign()
				w.deliver()
				x.spoil(w)
				w.is(o, idserver.Denied, x.why)
				w.judge.verdict = nil
				w.is(o, idserver.Denied, x.why)
				w.deliver()
				if n := w.card.count(applet.Show); n != 0 {
					t.Error("the phone shows a confirmation")
				}
			})
		})
	}
}

// certificate is the registered one of a role.
func (w *world) certificate(r applet.Role) mobileid.Certificate {
	w.Helper()
	c, err := w.signers.CertificateOf(w.Context(), w.owner.Customer, w.owner.ID, r)
	w.check(err)
	return c
}

// TestNoStatus: while the status of a certificate cannot be learned nothing is granted, and after a day
// nothing will be.
func TestNoStatus(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		o := w.start()
		w.card.sign()
		w.deliver()
		w.judge.fail = errors.New("the database is away")
		if _, err := w.desk.Get(t.Context(), shop, o.Handle, 0); err == nil {
			t.Error("what was not judged is answered")
		}
		w.judge.fail = nil
		for _, r := range []mobileid.Reason{mobileid.NoRevocation, mobileid.StaleRevocation} {
			w.judge.verdict = &mobileid.Verdict{Reason: r}
			w.is(o, idserver.Pending, "")
		}
		w.clock.Advance(23 * time.Hour)
		w.is(o, idserver.Pending, "")
		w.clock.Advance(time.Hour)
		w.is(o, idserver.Denied, idserver.Unjudged)
		w.judge.verdict = nil
		w.is(o, idserver.Denied, idserver.Unjudged)
	})
}

// TestBrokenAnswers: what comes from the card and is no signature of this by the registered key grants nothing.
func TestBrokenAnswers(t *testing.T) {
	for name, broken := range map[string]func(c *card, l letter) []byte{
		"wrong signature": func(c *card, l letter) []byte { b := c.hash(c.keys[l.Role], l.Signed()); b[len(b)-1] ^= 1; return b },
		"other key":       func(c *card, l letter) []byte { return c.hash(c.keys[applet.Authentication], l.Signed()) },
		"other digest":    func(c *card, l letter) []byte { return c.hash(c.keys[l.Role], sha256.Sum256([]byte("I refuse."))) },
		"no attributes":   func(c *card, l letter) []byte { return c.hash(c.keys[l.Role], sha256.Sum256([]byte("I accept."))) },
		"truncated":       func(c *card, l letter) []byte { return c.hash(c.keys[l.Role], l.Signed())[:40] },
		"longer":          func(c *card, l letter) []byte { return append(c.hash(c.keys[l.Role], l.Signed()), 0) },
		"zeros":           func(*card, letter) []byte { return make([]byte, 64) },
	} {
		t.Run(name, func(t *testing.T) {
			registered(t, func(t *testing.T, w *world) {
				o := w.start()
				l := w.card.next(applet.Sign)
				w.card.answer(l, applet.Answer{Signature: broken(w.card, l)})
				w.deliver()
				w.is(o, idserver.Denied, idserver.Unproven)
				w.card.answer(l, applet.Answer{Signature: w.card.hash(w.card.keys[l.Role], l.Signed())}) // a second answer to the same
				w.deliver()
				w.is(o, idserver.Denied, idserver.Unproven)
			})
		})
	}
}

// TestRevokedMidway: a certificate that ends after the person has signed vouches for nothing: neither before
// the signature server has validated, nor before the ID server has granted.
func TestRevokedMidway(t *testing.T) {
	end := map[string]func(*world, string) error{
		"revoked": func(w *world, serial string) error {
			return w.d.Write(w.Context(), func(tx *db.Tx) error { return w.pki.Revoke(tx, officer, serial, pki.KeyCompromise) })
		},
		"on hold": func(w *world, serial string) error {
			return w.d.Write(w.Context(), func(tx *db.Tx) error { return w.pki.Suspend(tx, officer, serial) })
		},
		"mobile ID suspended": func(w *world, _ string) error {
			_, err := w.signers.Suspend(w.Context(), officer, mobileid.Order{Customer: w.owner.Customer, Mobile: w.owner.ID, Reason: "lost"})
			return err
		},
		"customer closed": func(w *world, _ string) error {
			return w.customers.Close(w.Context(), officer, w.owner.Customer, "gone")
		},
	}
	for name, end := range end {
		for _, validated := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				registered(t, func(t *testing.T, w *world) {
					o := w.start()
					w.card.sign()
					if validated {
						w.deliver()
					}
					w.check(end(w, w.certificate(applet.Signing).Serial))
					w.deliver()
					want := idserver.Revoked
					if !validated && (name == "mobile ID suspended" || name == "customer closed") {
						want = idserver.Withdrawn
					}
					w.is(o, idserver.Denied, want)
				})
			})
		}
	}
}
