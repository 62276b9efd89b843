package mobileid_test

import (
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestRegistration follows F-3.1 to F-3.4, with both algorithms.
func TestRegistration(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, a := range []applet.Algorithm{applet.ECDSAP256, applet.RSA2048} {
			phone := []string{phoneA, phoneB}[i]
			s, c := w.cards.add(phone), w.customer("1000"+phone[11:])
			r, err := w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: c.ID, Number: strings.TrimPrefix(phone, "+"), Algorithm: a})
			w.check(err)
			if r.State != mobileid.StateOrdered || len(r.Control) != 4 || r.Mode != "typed" || r.Number != phone {
				t.Fatalf("%+v", r)
			}
			first := s.generate(r.Control)
			if got := w.mobile(r.MobileID).State; got != mobileid.StateGenerating || first.Role != applet.Authentication {
				t.Fatalf("%s after the %s key", got, first.Role)
			}
			if second := s.generate(""); second.Role != applet.Signing || second.Algorithm != a {
				t.Fatalf("%+v", second)
			}
			if got := w.mobile(r.MobileID).State; got != mobileid.StateCertifying {
				t.Fatal(got)
			}
			w.deliver()
			p, err := w.desk.Profile(t.Context(), c.ID, r.ID)
			w.check(err)
			if p.State != mobileid.StateActive || !p.Held.IsZero() || len(p.Certificates) != 2 || len(p.Person) != 16 || !strings.HasPrefix(p.Person, "MIDCS") || upper(p.Person) != p.Person {
				t.Fatalf("%+v", p)
			}
			for _, x := range p.Certificates {
				cert, err := x509.ParseCertificate(x.DER)
				w.check(err)
				if cert.Subject.SerialNumber != p.Person || cert.Subject.CommonName != "Ada Example" || x.Algorithm != a || x.Renewable {
					t.Errorf("%s: %s", x.Role, cert.Subject)
				}
			}
			w.write(func(tx *db.Tx) error {
				d, _, err := device.Get(tx, p.Device)
				if !d.Usable(tx.Now) || d.Kind != device.SIM || d.Customer != c.ID {
					t.Errorf("the device: %+v", d)
				}
				return err
			})
		}
		if w.count("authenticator") != 4 {
			t.Error("two customers have two policies each")
		}
		if !slices.Equal(w.news, []string{mobileid.AuditOrdered, mobileid.AuditActivated, mobileid.AuditOrdered, mobileid.AuditActivated}) {
			t.Error(w.news)
		}
	})
}

// TestSignature follows F-3.6 to F-3.8.
func TestSignature(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		asked := w.ask("41 79 123 45 67", "Pay 12 EUR to Bob")
		if asked.Status != mobileid.Asked || len(asked.Control) != 4 || asked.Shown != "Corner Shop\nPay 12 EUR to Bob" || len(asked.Handle) != 65 || asked.Handle[0] != 'm' {
			t.Fatalf("%+v", asked)
		}
		l := s.next(applet.Sign)
		if l.Shown() != asked.Shown || l.ControlCode() != asked.Control || l.Seconds != 50 {
			t.Fatalf("the card shows %q, %s for %d s", l.Shown(), l.ControlCode(), l.Seconds)
		}
		s.acknowledge(l)
		w.status(asked, mobileid.Delivered, "")
		signature := s.hash(l.Role, l.Signed())
		s.answer(l, applet.Answer{Signature: signature})
		w.status(asked, mobileid.Signed, "")
		w.deliver()
		got := w.status(asked, mobileid.Valid, "")
		if string(got.CMS) != "cms "+string(signature) || string(got.OCSP) != "good" || len(got.Certificate) == 0 || got.Checked.IsZero() || string(got.Content) != "Pay 12 EUR to Bob" || got.Digest != sum("Pay 12 EUR to Bob") {
			t.Errorf("%+v", got)
		}
		w.deliver()
		digest := sum(string(signature))
		if got = w.get(asked); string(got.Stamp) != "stamp "+hex.EncodeToString(digest[:]) {
			t.Errorf("stamp: %q", got.Stamp)
		}
		shown, err := w.desk.Receipt(t.Context(), system, ap, asked.Handle, mobileid.Message{Text: "Thank you", Acknowledge: true})
		w.check(err)
		if l := s.next(applet.Show); l.Shown() != "Corner Shop\nThank you" || !l.Acknowledge {
			t.Errorf("%+v", l)
		} else {
			s.answer(l, applet.Answer{})
		}
		w.status(shown, mobileid.Done, "")
		_, err = w.desk.Receipt(t.Context(), system, ap, asked.Handle, mobileid.Message{Text: "Again"})
		want(t, err, "mobileid.receipt")
		_, err = w.desk.Get(t.Context(), "another", asked.Handle)
		want(t, err, "mobileid.transaction")
	})
}

// TestWhatIsSigned goes through the kinds of content, both forms and both keys.
func TestWhatIsSigned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		document := sum("a document")
		for name, c := range map[string]struct {
			in      mobileid.Request
			shown   string
			content string
			digest  [32]byte
		}{
			"text":     {mobileid.Request{Text: "Hello"}, "Corner Shop\nHello", "Hello", sum("Hello")},
			"content":  {mobileid.Request{Content: mobileid.Content{Text: "Only this"}}, "Corner Shop\nOnly this", "Only this", sum("Only this")},
			"both":     {mobileid.Request{Text: "Sign this:", Content: mobileid.Content{Text: "A contract"}}, "Corner Shop\nSign this:\nYou sign:\nA contract", "A contract", sum("A contract")},
			"document": {mobileid.Request{Text: "Lease", Content: mobileid.Content{Document: true, Digest: document, MIME: "application/pdf"}}, "Corner Shop\nLease\nYou sign:\n" + applet.DocumentLine("en", document), "", document},
			"event":    {mobileid.Request{Text: "Hello", Event: "AB12"}, "Corner Shop\nAB12\nHello", "Hello", sum("Hello")},
		} {
			for _, form := range []applet.Form{applet.Attributed, applet.Plain} {
				c.in.Provider, c.in.User, c.in.Form = mobileid.Provider{Code: name + form.String(), Name: "Corner Shop"}, mobileid.User{Number: phoneA}, form
				c.in.Role = applet.Role(form)
				asked, err := w.desk.Sign(t.Context(), system, c.in)
				w.check(err)
				s.approve()
				w.deliver()
				got := w.status(asked, mobileid.Valid, "")
				if got.Shown != c.shown || string(got.Content) != c.content || got.Digest != c.digest || len(got.CMS) == 0 || got.Control != "" {
					t.Errorf("%s, %s: %+v", name, form, got)
				}
				w.clock.Advance(11 * time.Minute)
			}
		}
	})
}
