package pki_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/ota/applet"
)

var text = []byte("Pay 250,00 NOK to ACME")

// claim is a good one.
func (w *world) claim(c card, made pki.Issued) pki.Claim {
	w.Helper()
	return pki.Claim{CMS: w.signature(c, made, text, false), Content: text, Nonce: nonce[:], Leaf: made.Certificate, Profile: pki.Signing, At: w.clock.Now()}
}

func (w *world) finding(want pki.Finding, c pki.Claim) pki.Report {
	w.Helper()
	r, err := w.desk.Validate(w.Context(), c)
	w.must(err)
	if r.Finding != want {
		w.Errorf("%q, want %q: %v", r.Finding, want, r.Cause)
	}
	return r
}

// TestFindings: one thing is wrong at a time, and each has its own finding.
func TestFindings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, made := w.issue(pki.Signing, "ecdsa", "a")
		good := w.claim(c, made)
		r := w.finding(pki.Valid, good)
		if r.Standing.OCSP == nil || len(r.Chain) != 1 || !r.Root.Equal(w.root.Certificate) {
			t.Error("no evidence")
		}
		other, theirs := w.issue(pki.Signing, "ecdsa", "b")
		_, login := w.issue(pki.Authentication, "ecdsa", "c")
		detached := good
		detached.CMS = w.signature(c, made, text, true)
		w.finding(pki.Valid, detached)
		byDigest := detached
		byDigest.Content, byDigest.Digest = nil, sha256.Sum256(text)
		w.finding(pki.Valid, byDigest)
		foreign := newCard(t, "ecdsa")
		for name, x := range map[string]struct {
			want   pki.Finding
			change func(*pki.Claim)
		}{
			"no certificate":           {pki.NoCertificate, func(c *pki.Claim) { c.Leaf = nil }},
			"another content":          {pki.WrongDigest, func(c *pki.Claim) { c.Content = []byte("Pay 950,00 NOK to ACME") }},
			"another digest":           {pki.WrongDigest, func(c *pki.Claim) { c.Content, c.Digest = nil, [32]byte{1} }},
			"another nonce":            {pki.WrongDigest, func(c *pki.Claim) { c.Nonce = make([]byte, 16) }},
			"another's signature":      {pki.BadCertificate, func(c *pki.Claim) { c.CMS = w.signature(other, theirs, text, false) }},
			"another key":              {pki.WrongSignature, func(c *pki.Claim) { c.CMS = w.signature(foreign, made, text, false) }},
			"another registered":       {pki.BadCertificate, func(c *pki.Claim) { c.Leaf = theirs.Certificate }},
			"for logins":               {pki.BadCertificate, func(c *pki.Claim) { c.Profile = pki.Authentication }},
			"before its time":          {pki.BadCertificate, func(c *pki.Claim) { c.At = made.Certificate.NotBefore.Add(-time.Second) }},
			"after its time":           {pki.BadCertificate, func(c *pki.Claim) { c.At = made.Certificate.NotAfter.Add(time.Second) }},
			"nothing":                  {pki.Malformed, func(c *pki.Claim) { c.CMS = nil }},
			"cut":                      {pki.Malformed, func(c *pki.Claim) { c.CMS = c.CMS[:len(c.CMS)-1] }},
			"longer":                   {pki.Malformed, func(c *pki.Claim) { c.CMS = append(bytes.Clone(c.CMS), 0) }},
			"a certificate for logins": {pki.BadCertificate, func(c *pki.Claim) { c.Leaf = login.Certificate }},
		} {
			claim := good
			x.change(&claim)
			if r, err := w.desk.Validate(t.Context(), claim); err != nil || r.Finding != x.want || r.Good() || r.Cause == nil {
				t.Errorf("%s: %q %v %v", name, r.Finding, r.Cause, err)
			}
		}
	})
}

// TestStatusFindings: hold, revocation, an issuer that its root has revoked, lists that ran out, and a certificate that
// the restored database does not know.
func TestStatusFindings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, made := w.issue(pki.Signing, "ecdsa", "a")
		good := w.claim(c, made)
		change := func(f func(*db.Tx) error) { w.write(f) }
		change(func(tx *db.Tx) error { return w.desk.Suspend(tx, officer, made.Serial) })
		w.finding(pki.IsOnHold, good)
		change(func(tx *db.Tx) error { return w.desk.Resume(tx, officer, made.Serial) })
		w.finding(pki.Valid, good)
		list, err := w.root.List(nil, w.clock.Now(), time.Hour)
		w.must(err)
		w.must(w.desk.InstallRootList(t.Context(), officer, list))
		w.finding(pki.Valid, good)
		w.clock.Advance(2 * time.Hour)
		good.At = w.clock.Now()
		w.finding(pki.RevocationStale, good)
		list, err = w.root.List([]*big.Int{made.Chain[0].SerialNumber}, w.clock.Now(), time.Hour)
		w.must(err)
		w.must(w.desk.InstallRootList(t.Context(), officer, list))
		w.finding(pki.IsRevoked, good)
		list, err = w.root.List(nil, w.clock.Now().Add(time.Second), 10000*time.Hour)
		w.must(err)
		w.must(w.desk.InstallRootList(t.Context(), officer, list))
		w.finding(pki.Valid, good)
		change(func(tx *db.Tx) error { return w.desk.Revoke(tx, officer, made.Serial, pki.KeyCompromise) })
		if r := w.finding(pki.IsRevoked, good); r.Standing.Reason != pki.KeyCompromise || r.Standing.OCSP == nil {
			t.Error("no evidence of the revocation")
		}
		change(func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM pki_certificate"); return err })
		w.finding(pki.BadCertificate, good)
	})
}

// TestNoResponderNoSignature: when the status cannot be learned, nothing is valid.
func TestNoResponderNoSignature(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, made := w.issue(pki.Signing, "ecdsa", "a")
		good := w.claim(c, made)
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE pki_authority SET state = 'retired' WHERE kind = 'ocsp'")
			return err
		})
		w.desk = w.node(pki.Config{URL: "http://pki.bank.example"})
		w.finding(pki.RevocationError, good)
		w.must(w.desk.Upkeep(t.Context()))
		w.finding(pki.Valid, good)
	})
}

// TestAnotherJudgeAgrees: smallstep/pkcs7 verifies what we assemble, and sees what was tampered with.
func TestAnotherJudgeAgrees(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, algorithm := range []string{"ecdsa", "rsa"} {
			c, made := w.issue(pki.Signing, algorithm, algorithm)
			p, err := pkcs7.Parse(w.signature(c, made, text, false))
			w.must(err)
			w.must(p.Verify())
			p.Content = []byte("another")
			if p.Verify() == nil {
				t.Error("another content")
			}
		}
	})
}

// TestAnswersAreChecked: an answer of somebody else, for somebody else, or of yesterday says nothing.
func TestAnswersAreChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, made := w.issue(pki.Signing, "ecdsa", "a")
		_, other := w.issue(pki.Signing, "ecdsa", "b")
		s, err := w.desk.Status(t.Context(), made.Certificate)
		w.must(err)
		ca, now := made.Chain[0], w.clock.Now()
		if x, err := pki.ReadAnswer(s.OCSP, made.Certificate, ca, now); err != nil || x.Status != pki.Good {
			t.Error(x.Status, err)
		}
		for name, err := range map[string]error{
			"for another":           second(pki.ReadAnswer(s.OCSP, other.Certificate, ca, now)),
			"of another issuer":     second(pki.ReadAnswer(s.OCSP, made.Certificate, w.root.Certificate, now)),
			"of the future":         second(pki.ReadAnswer(s.OCSP, made.Certificate, ca, now.Add(-time.Hour))),
			"rubbish":               second(pki.ReadAnswer([]byte{0x30, 0}, made.Certificate, ca, now)),
			"a list of another one": second(pki.ReadList(s.OCSP, made.Certificate, ca, now)),
		} {
			if !errors.Is(err, pki.ErrNoStatus) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := pki.ReadAnswer(s.OCSP, made.Certificate, ca, now.Add(11*time.Minute)); !errors.Is(err, pki.ErrStale) {
			t.Error(err)
		}
		tampered := bytes.Replace(s.OCSP, []byte{0x80, 0}, []byte{0x82, 0}, 1) // good becomes unknown
		if _, err := pki.ReadAnswer(tampered, made.Certificate, ca, now); !errors.Is(err, pki.ErrNoStatus) {
			t.Error("tampered", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// FuzzJudge: nothing that was changed anywhere is valid, and nothing panics.
func FuzzJudge(f *testing.F) {
	w := fuzzWorld(f)
	c, made := w.issue(pki.Signing, "ecdsa", "a")
	good := w.claim(c, made)
	attributes := applet.Attributes(sha256.Sum256(text), nonce)
	f.Add(good.CMS)
	f.Add(bytes.Replace(good.CMS, attributes[2:20], attributes[:18], 1))
	f.Fuzz(func(t *testing.T, cms []byte) {
		claim := good
		claim.CMS = cms
		r := pki.Judge(claim, w.anchors)
		if r.Good() && !bytes.Equal(cms, good.CMS) && !sameMeaning(cms, good.CMS) {
			t.Errorf("another signature is valid: %x", cms)
		}
	})
}

// FuzzRequests: what strangers send to the responder and to the clock never panics, and always has an answer.
func FuzzRequests(f *testing.F) {
	w := fuzzWorld(f)
	_, made := w.issue(pki.Signing, "ecdsa", "a")
	s, err := w.desk.Status(f.Context(), made.Certificate)
	w.must(err)
	f.Add(s.OCSP)
	f.Add([]byte{0x30, 3, 2, 1, 1})
	f.Fuzz(func(t *testing.T, request []byte) {
		if r, _, err := w.desk.Respond(t.Context(), request); err != nil || len(r) < 5 {
			t.Error(r, err)
		}
		if r, err := w.desk.RespondStamp(t.Context(), request); err != nil || len(r) < 5 {
			t.Error(r, err)
		}
	})
}
