package mobileid_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// proof is what a customer has shown.
type proof struct {
	factors authenticator.Factor
	err     error
}

func (p proof) Check(*db.Tx, ident.ID, audit.Actor) error { return p.err }
func (p proof) Note() (key, value string)                 { return "authentication", "a proof" }
func (p proof) Shown() []ident.ID                         { return nil }
func (p proof) Factors() authenticator.Factor             { return p.factors }

var strong = proof{factors: authenticator.Possession | authenticator.Knowledge}

func order(m mobileid.MobileID) mobileid.Order {
	return mobileid.Order{Customer: m.Customer, Mobile: m.ID, Reason: "a test"}
}

// TestWhoMayRegister: customers show two elements, staff have identified them.
func TestWhoMayRegister(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.cards.add(phoneA)
		c := w.customer("1")
		staff, app, self := audit.Staff(ident.Derive("staff"), "kim"), bank(), audit.Customer(c.ID)
		for _, x := range []struct {
			by    audit.Actor
			proof mobileid.Proof
			code  string
		}{
			{staff, nil, "identification.required"},
			{app, nil, "identification.required"},
			{self, nil, "mobileid.proof"},
			{self, proof{factors: authenticator.Possession}, "mobileid.strong"},
			{app, proof{factors: authenticator.Knowledge}, "mobileid.strong"},
			{audit.Customer(ident.Derive("another")), strong, "mobileid.not_yours"},
			{self, proof{factors: strong.factors, err: fault.Deniedf("proof.required", "no")}, "proof.required"},
		} {
			_, err := w.desk.Register(t.Context(), x.by, mobileid.Enrollment{Customer: c.ID, Number: phoneA, Proof: x.proof})
			want(t, err, x.code)
		}
		if w.count("mobile_id") != 0 {
			t.Error("something is stored")
		}
		_, err := w.desk.Register(t.Context(), self, mobileid.Enrollment{Customer: c.ID, Number: phoneA, Proof: strong})
		w.check(err)
	})
}

// TestRegisterRefusals: numbers and cards have one person, and persons not too many numbers.
func TestRegisterRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		other := w.customer("2")
		for _, x := range []struct {
			in   mobileid.Enrollment
			code string
		}{
			{mobileid.Enrollment{Customer: m.Customer, Number: phoneA}, "mobileid.made"},
			{mobileid.Enrollment{Customer: other.ID, Number: phoneA}, "mobileid.taken"},
			{mobileid.Enrollment{Customer: other.ID, ICCID: s.ICCID}, "mobileid.taken"},
			{mobileid.Enrollment{Customer: other.ID, Number: phoneB}, "mobileid.card_unknown"},
			{mobileid.Enrollment{Customer: other.ID, ICCID: "1"}, "mobileid.card_unknown"},
			{mobileid.Enrollment{Customer: other.ID}, "mobileid.number"},
			{mobileid.Enrollment{Customer: other.ID, Number: "0791234567", ICCID: s.ICCID}, "mobileid.number"},
			{mobileid.Enrollment{Customer: other.ID, Number: phoneA, Algorithm: 9}, "mobileid.algorithm"},
			{mobileid.Enrollment{Customer: ident.Derive("nobody"), Number: phoneA}, "customer.unknown"},
		} {
			_, err := w.desk.Register(t.Context(), system, x.in)
			want(t, err, x.code)
		}
		w.cards.add(phoneB)
		third := w.cards.add("+41791234569")
		_, err := w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: m.Customer, Number: phoneB})
		w.check(err)
		_, err = w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: m.Customer, Number: third.Number})
		want(t, err, "mobileid.too_many")
	})
}

// TestOneNumberOnePerson: of many that register a number at once, one does.
func TestOneNumberOnePerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.cards.add(phoneA)
		var all []func()
		errs := make([]error, 8)
		for i := range errs {
			c := w.customer("c" + string(rune('0'+i)))
			all = append(all, func() {
				_, errs[i] = w.desk.Register(w.Context(), system, mobileid.Enrollment{Customer: c.ID, Number: phoneA})
			})
		}
		together(all...)
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !fault.Is(err, "mobileid.taken") {
				t.Error(err)
			}
		}
		if won != 1 || w.count("mobile_id") != 1 {
			t.Errorf("%d have the number", won)
		}
	})
}

// TestRegistrationRefused: a no, a time-out, a lost packet or a wrong proof of possession ends it, and it
// can be ordered anew.
func TestRegistrationRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s, c := w.cards.add(phoneA), w.customer("1")
		var last mobileid.Registration
		register := func() letter {
			r, err := w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: c.ID, Number: phoneA})
			w.check(err)
			last = r
			return s.next(applet.Generate)
		}
		for _, x := range []struct {
			name string
			do   func(l letter)
			want mobileid.State
		}{
			{"no", func(l letter) { s.answer(l, applet.Answer{Result: applet.Cancelled}) }, mobileid.StateRefused},
			{"not me", func(l letter) { s.answer(l, applet.Answer{Result: applet.NotMe}) }, mobileid.StateRefused},
			{"time", func(l letter) { s.answer(l, applet.Answer{Result: applet.TimedOut}) }, mobileid.StateFailed},
			{"wrong code", func(l letter) { s.answer(l, applet.Answer{Result: applet.WrongControl}) }, mobileid.StateFailed},
			{"absent", func(l letter) { w.lose(l, mobileid.LostAbsent) }, mobileid.StateFailed},
			{"no answer", func(letter) { w.clock.Advance(11 * time.Minute); _, err := w.desk.Sweep(t.Context(), 10); w.check(err) }, mobileid.StateFailed},
			{"no key", func(l letter) { s.answer(l, applet.Answer{Public: []byte{4, 1}, Signature: []byte{1}}) }, mobileid.StateFailed},
			{"another key's proof", func(l letter) {
				public := s.make(l.Role, l.Algorithm)
				hash, err := applet.RequestHash(l.Algorithm, l.Head, l.Tail, public)
				w.check(err)
				s.make(l.Role, l.Algorithm)
				s.answer(l, applet.Answer{Public: public, Signature: s.hash(l.Role, hash)})
			}, mobileid.StateFailed},
			{"no signing key", func(l letter) {
				public := s.make(l.Role, l.Algorithm)
				hash, err := applet.RequestHash(l.Algorithm, l.Head, l.Tail, public)
				w.check(err)
				s.answer(l, applet.Answer{Public: public, Signature: s.hash(l.Role, hash)})
				s.answer(s.next(applet.Generate), applet.Answer{Result: applet.Cancelled})
				if s.count(applet.Erase) < 2 {
					t.Error("the card keeps its first key")
				}
			}, mobileid.StateRefused},
		} {
			w.clock.Advance(soonOver)
			x.do(register())
			if got := w.mobile(last.MobileID); got.State != x.want {
				t.Errorf("%s: %s (%s)", x.name, got.State, got.Reason)
			}
		}
		w.clock.Advance(soonOver)
		r, err := w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: c.ID, Number: phoneA})
		w.check(err)
		if m := w.finish(r, s); m.State != mobileid.StateActive || m.ID != last.ID || w.count("mobile_id") != 1 || w.count("mobile_person") != 1 {
			t.Errorf("%+v", m)
		}
	})
}

// TestNoCertificate: without a certificate, or with one that is of something else, nothing is active.
func TestNoCertificate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s, c := w.cards.add(phoneA), w.customer("1")
		register := func() mobileid.MobileID {
			w.clock.Advance(soonOver)
			r, err := w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: c.ID, Number: phoneA})
			w.check(err)
			return w.finish(r, s)
		}
		other := w.ca.root.Raw
		w.ca.spoil = func(x *mobileid.Issued) { x.Certificate = other }
		if m := register(); m.State != mobileid.StateFailed {
			t.Errorf("a certificate of another key: %s", m.State)
		}
		w.ca.spoil = func(x *mobileid.Issued) { x.Serial = "" }
		if m := register(); m.State != mobileid.StateFailed {
			t.Errorf("no serial number: %s", m.State)
		}
		w.ca.spoil, w.ca.fail = nil, errors.New("the authority is away")
		m := register()
		if m.State != mobileid.StateCertifying {
			t.Errorf("without an authority: %s", m.State)
		}
		w.ca.fail = nil
		w.clock.Advance(time.Minute)
		w.deliver()
		if m = w.mobile(m); m.State != mobileid.StateActive {
			t.Errorf("with one again: %s", m.State)
		}
	})
}

// TestSuspension: nothing is signed while it lasts, and what waits ends.
func TestSuspension(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		self := audit.Customer(m.Customer)
		asked := w.ask(phoneA, "Hello")
		l := s.next(applet.Sign)
		_, err := w.desk.Suspend(t.Context(), self, order(m))
		w.check(err)
		w.status(asked, mobileid.Withdrawn, mobileid.Suspension)
		s.next(applet.Cancel)
		s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
		w.status(asked, mobileid.Withdrawn, mobileid.Suspension)
		_, err = w.sign(ap, phoneA, "Hello")
		want(t, err, "mobileid.suspended")
		_, err = w.desk.Suspend(t.Context(), self, order(m))
		want(t, err, "mobileid.state")
		w.write(func(tx *db.Tx) error {
			d, _, err := device.Get(tx, m.Device)
			if d.Status != device.Suspended {
				t.Error(d.Status)
			}
			return err
		})
		_, err = w.desk.Resume(t.Context(), self, order(m))
		want(t, err, "mobileid.proof")
		o := order(m)
		o.Proof = strong
		_, err = w.desk.Resume(t.Context(), self, o)
		w.check(err)
		w.ask(phoneA, "Hello")
		s.approve()
		w.deliver()

		_, err = w.desk.Suspend(t.Context(), system, order(m))
		w.check(err)
		_, err = w.desk.Resume(t.Context(), self, o)
		want(t, err, "mobileid.help_desk")
		if !slices.Equal(w.news[2:], []string{mobileid.AuditSuspended, mobileid.AuditResumed, mobileid.AuditSuspended}) {
			t.Error(w.news)
		}
	})
}

// TestSuspendedCustomer: who may not authenticate signs nothing, and what they have signed counts for
// nothing.
func TestSuspendedCustomer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		asked := w.ask(phoneA, "Hello")
		s.approve()
		w.check(w.register.Suspend(t.Context(), system, m.Customer, "test"))
		w.deliver()
		w.status(asked, mobileid.Withdrawn, mobileid.Suspension)
		_, err := w.sign(ap, phoneA, "Hello")
		want(t, err, "mobileid.suspended")
		w.check(w.register.Activate(t.Context(), system, m.Customer, "test"))
		w.ask(phoneA, "Hello")
	})
}

// TestRevocation is for good; the number is free again, and its person stays the same one.
func TestRevocation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		before, err := w.desk.Person(t.Context(), m.Customer)
		w.check(err)
		_, err = w.desk.Revoke(t.Context(), audit.Customer(m.Customer), order(m))
		want(t, err, "mobileid.proof")
		o := order(m)
		o.Proof = strong
		got, err := w.desk.Revoke(t.Context(), audit.Customer(m.Customer), o)
		w.check(err)
		if got.State != mobileid.StateRevoked || s.count(applet.Erase) != 2 {
			t.Errorf("%s, %d keys erased", got.State, s.count(applet.Erase))
		}
		for serial, state := range w.ca.state {
			if state != "revoked" {
				t.Errorf("%s is %s", serial, state)
			}
		}
		_, err = w.sign(ap, phoneA, "Hello")
		want(t, err, "mobileid.unknown")
		r, err := w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: m.Customer, Number: phoneA})
		w.check(err)
		if again := w.finish(r, s); again.ID == m.ID || again.State != mobileid.StateActive {
			t.Errorf("%+v", again)
		}
		if after, err := w.desk.Person(t.Context(), m.Customer); err != nil || after != before {
			t.Errorf("%s became %s, %v", before, after, err)
		}
	})
}

// TestNumberGoesAlong: whoever is identified and has a new card in the phone gets the number onto it; a card
// that is unknown leaves everything as it was.
func TestNumberGoesAlong(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, old := w.person("1", phoneA)
		card := w.cards.add("")
		o := order(m)
		o.ICCID, o.Reason = "8941000000000009999", "a new phone"
		_, err := w.desk.Reregister(t.Context(), system, o)
		want(t, err, "mobileid.card_unknown")
		if f := fault.From(err).Field; f != "/iccid" {
			t.Errorf("the field is %q", f)
		}
		if got := w.mobile(m); got.State != mobileid.StateActive || got.Card != old.ID {
			t.Fatalf("%+v", got)
		}
		o.ICCID = card.ICCID
		r, err := w.desk.Reregister(t.Context(), system, o)
		w.check(err)
		if card.Number != phoneA || old.Number != "" {
			t.Errorf("the number is on %q and %q", card.Number, old.Number)
		}
		got := w.finish(r, card)
		if got.State != mobileid.StateActive || got.Card != card.ID || !got.OnHold(w.clock.Now()) {
			t.Errorf("%+v", got)
		}
	})
}

// TestAnotherSIM: another card has the number; the person is the same, after a hold.
func TestAnotherSIM(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, old := w.person("1", phoneA)
		p, err := w.desk.Profile(t.Context(), m.Customer, m.ID)
		w.check(err)
		asked := w.ask(phoneA, "Hello")
		w.write(func(tx *db.Tx) error { return w.desk.CardMoved(tx, system, old.Card) })
		w.cards.mu.Lock()
		old.Number, old.Usable = "", false
		w.cards.mu.Unlock()
		card := w.cards.add(phoneA)
		w.status(asked, mobileid.Withdrawn, mobileid.Suspension)
		if got := w.mobile(m); got.State != mobileid.StateSuspended || got.By != mobileid.ByCard {
			t.Fatalf("%+v", got)
		}
		_, err = w.desk.Resume(t.Context(), system, order(m))
		want(t, err, "mobileid.other_card")

		r, err := w.desk.Reregister(t.Context(), system, order(m))
		w.check(err)
		for _, c := range p.Certificates {
			if w.ca.state[c.Serial] != "revoked" {
				t.Errorf("the former certificate is %s", w.ca.state[c.Serial])
			}
		}
		got := w.finish(r, card)
		if got.State != mobileid.StateActive || got.ID != m.ID || got.Card != card.ID || !got.OnHold(w.clock.Now()) {
			t.Fatalf("%+v", got)
		}
		_, err = w.sign(ap, phoneA, "Hello")
		want(t, err, "mobileid.hold")
		o := w.start("1")
		if c := w.challenge(o, ""); c.Withheld != string(mobileid.OnHold) {
			t.Errorf("%+v", c)
		}
		w.clock.Advance(25 * time.Hour)
		w.ask(phoneA, "Hello")
		card.approve()
		w.deliver()
		if after, err := w.desk.Profile(t.Context(), m.Customer, m.ID); err != nil || after.Person != p.Person || len(after.Certificates) != 2 {
			t.Errorf("%+v, %v", after, err)
		}
	})
}

// TestCardActs: the PUK dialog, what the card says, and the renewal of a certificate.
func TestCardActs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		o := order(m)
		o.Role = applet.Signing
		unblock, err := w.desk.Unblock(t.Context(), system, o)
		w.check(err)
		_, err = w.sign(ap, phoneA, "Hello")
		want(t, err, "mobileid.busy")
		if l := s.next(applet.Unblock); l.Role != applet.Signing || l.Service != "Example Bank" {
			t.Errorf("%+v", l)
		} else {
			s.answer(l, applet.Answer{Result: applet.PUKBlocked})
		}
		w.status(unblock, mobileid.PINBlocked, mobileid.PUKBlocked)

		query, err := w.desk.Query(t.Context(), system, o)
		w.check(err)
		s.answer(s.next(applet.Status), applet.Answer{Card: &applet.Card{Applet: 1, Algorithms: []applet.Algorithm{applet.ECDSAP256}, Keys: [2]applet.Key{{Algorithm: applet.ECDSAP256, Tries: 3, PUKTries: 10}, {}}}})
		w.status(query, mobileid.Done, "")
		p, err := w.desk.Profile(t.Context(), m.Customer, m.ID)
		w.check(err)
		if p.Status == nil || p.Status.Applet != 1 || p.Status.Keys[0].Tries != 3 || p.Status.Keys[1].Algorithm != "" || p.Asked.IsZero() {
			t.Errorf("%+v", p.Status)
		}

		_, err = w.desk.Renew(t.Context(), system, o)
		want(t, err, "mobileid.too_early")
		w.clock.Advance(340 * 24 * time.Hour)
		w.news = nil
		for range 2 {
			_, err = w.desk.Sweep(t.Context(), 50)
			w.check(err)
		}
		if !slices.Equal(w.news, []string{mobileid.AuditEnding, mobileid.AuditEnding}) {
			t.Errorf("of two certificates that end: %v", w.news)
		}
		renewal, err := w.desk.Renew(t.Context(), system, o)
		w.check(err)
		l := s.next(applet.Sign)
		if l.Form != applet.Plain || l.Content.Kind != applet.Document {
			t.Fatalf("%+v", l)
		}
		s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
		w.status(renewal, mobileid.Done, "")
		w.deliver()
		after, err := w.desk.Profile(t.Context(), m.Customer, m.ID)
		w.check(err)
		if after.Certificates[0].Serial != p.Certificates[0].Serial || after.Certificates[1].Serial == p.Certificates[1].Serial || w.ca.state[p.Certificates[1].Serial] != "revoked" || after.Certificates[1].Renewable {
			t.Errorf("%+v", after.Certificates)
		}
		asked, err := w.desk.Sign(t.Context(), system, mobileid.Request{Provider: ap, User: mobileid.User{Person: p.Person}, Role: applet.Signing, Text: "Hello"})
		w.check(err)
		s.approve()
		w.deliver()
		w.status(asked, mobileid.Valid, "")
	})
}
