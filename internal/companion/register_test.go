package companion_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
)

// TestEveryKindIsRegistered (DI-1): a device of each kind, with the group that it belongs to.
func TestEveryKindIsRegistered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.set.Companions.Devices = 100
		c := w.customer("1")
		p := w.phone(c)
		for n, k := range companion.Kinds() {
			x, added, err := w.name(p, companion.Thing{Kind: k, Identifiers: []companion.Identifier{bluetooth(byte(n))}})
			if err != nil || !added || x.Kind != k || x.Group == "" || x.Number != n+2 || x.Hub != p.ID || x.Class != companion.ByIdentifier {
				t.Errorf("%s: %+v %t %v", k, x, added, err)
			}
		}
		_, _, err := w.name(p, companion.Thing{Kind: "toaster", Identifiers: []companion.Identifier{bluetooth(200)}})
		w.wants(err, "companion.kind")
	})
}

// TestEnrollment: a code registers one device; the same device may ask again, another may not.
func TestEnrollment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		i := w.invite(c, companion.Phone)
		thing := companion.Thing{Name: "ignored?", Model: "Phone 7", Can: []companion.Capability{companion.Application}, Keys: keys()}
		p, err := w.desk.Enroll(t.Context(), strings.ToLower(i.Code), thing)
		if err != nil {
			t.Fatal(err)
		}
		if p.Requestor.IsZero() || p.Requestor == p.ID || p.Number != 1 || p.Class != companion.BySignature || !p.Fresh(w.clock.Now()) || p.State(w.clock.Now()) != "fresh" {
			t.Errorf("%+v", p)
		}
		again, err := w.desk.Enroll(t.Context(), i.Code, thing)
		if err != nil || again.ID != p.ID {
			t.Errorf("%+v %v", again, err)
		}
		thing.Keys = keys()
		_, err = w.desk.Enroll(t.Context(), i.Code, thing)
		w.wants(err, "companion.invitation")
		_, err = w.desk.Enroll(t.Context(), "AAAA-AAAA", thing)
		w.wants(err, "companion.code")
		_, err = w.desk.Enroll(t.Context(), ident.NewCode(12, strings.NewReader(strings.Repeat("x", 12))), thing)
		w.wants(err, "companion.invitation")
		w.clock.Advance(72*time.Hour + time.Second)
		if got := w.get(p); got.State(w.clock.Now()) != "active" {
			t.Error(got.State(w.clock.Now()))
		}
		if diff := cmp.Diff([]string{companion.AuditInvited, companion.AuditEnrolled}, w.heard()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestInvitationsEnd: by their time, by a newer one, and by hand.
func TestInvitationsEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		old := w.invite(c, companion.Phone)
		i := w.invite(c, companion.Watch)
		_, err := w.desk.Enroll(t.Context(), old.Code, companion.Thing{Keys: keys()})
		w.wants(err, "companion.invitation")
		all, err := w.desk.Invitations(t.Context(), c)
		if err != nil || len(all) != 1 || all[0].ID != i.ID {
			t.Fatalf("%+v %v", all, err)
		}
		if err := w.desk.Withdraw(t.Context(), system, c, i.ID); err != nil {
			t.Fatal(err)
		}
		w.wants(w.desk.Withdraw(t.Context(), system, c, i.ID), "companion.invitation")
		_, err = w.desk.Enroll(t.Context(), i.Code, companion.Thing{Keys: keys()})
		w.wants(err, "companion.invitation")
		late := w.invite(c, companion.Watch)
		w.clock.Advance(15*time.Minute + time.Second)
		_, err = w.desk.Enroll(t.Context(), late.Code, companion.Thing{Keys: keys()})
		w.wants(err, "companion.invitation")
		w.clock.Advance(40 * 24 * time.Hour)
		if n, err := w.desk.Sweep(t.Context(), 100); err != nil || n != 3 {
			t.Errorf("swept %d, %v", n, err)
		}
	})
}

// TestOneCodeOneDevice: of many devices that come with one code at the same moment one is registered.
func TestOneCodeOneDevice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		i := w.invite(c, companion.Phone)
		var wg sync.WaitGroup
		var enrolled atomic.Int32
		for range 16 {
			wg.Go(func() {
				if _, err := w.desk.Enroll(t.Context(), i.Code, companion.Thing{Keys: keys()}); err == nil {
					enrolled.Add(1)
				}
			})
		}
		wg.Wait()
		all, err := w.desk.List(t.Context(), c)
		if err != nil || len(all) != 1 || enrolled.Load() != 1 {
			t.Errorf("%d enrolled, %d devices, %v", enrolled.Load(), len(all), err)
		}
	})
}

// TestLimitHoldsInParallel: a customer has at most as many devices as the policy says, and short numbers are given once.
func TestLimitHoldsInParallel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		var wg sync.WaitGroup
		for n := range byte(16) {
			wg.Go(func() {
				_ = w.d.Write(t.Context(), func(tx *db.Tx) error {
					_, _, err := w.desk.Name(tx, p, companion.Thing{Kind: companion.TV, Identifiers: []companion.Identifier{bluetooth(n)}})
					return err
				})
			})
		}
		wg.Wait()
		all, err := w.desk.List(t.Context(), c)
		numbers := map[int]bool{}
		for _, x := range all {
			numbers[x.Number] = true
		}
		if err != nil || len(all) != 4 || len(numbers) != 4 {
			t.Errorf("%d devices, numbers %v, %v", len(all), numbers, err)
		}
	})
}

// TestWhoMayInvite: customers need a proof, staff an identification.
func TestWhoMayInvite(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, other := w.customer("1"), w.customer("2")
		o, want := companion.Order{Customer: c}, companion.Wanted{Kind: companion.Phone}
		_, err := w.desk.Invite(t.Context(), audit.Customer(other), o, want)
		w.wants(err, "companion.not_yours")
		_, err = w.desk.Invite(t.Context(), audit.Customer(c), o, want)
		w.wants(err, "companion.proof")
		_, err = w.desk.Invite(t.Context(), ann, o, want)
		w.wants(err, "identification.required")
		w.identify(c)
		if _, err = w.desk.Invite(t.Context(), ann, o, want); err != nil {
			t.Error(err)
		}
		_, err = w.desk.Invite(t.Context(), system, companion.Order{Customer: ident.Derive("nobody")}, want)
		w.wants(err, "customer.unknown")
	})
}

// TestOneKeyOnePerson: a key is registered once; a device without keys may be shared by a household.
func TestOneKeyOnePerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.customer("1"), w.customer("2")
		pa := w.phone(a)
		same := pa.Keys
		_, err := w.desk.Enroll(t.Context(), w.invite(b, companion.Phone).Code, companion.Thing{Keys: same})
		w.wants(err, "companion.taken")
		pb := w.phone(b)
		tv := companion.Thing{Kind: companion.TV, Identifiers: []companion.Identifier{{companion.Serial, "tv 77"}}}
		ta, _, err := w.name(pa, tv)
		if err != nil {
			t.Fatal(err)
		}
		tb, added, err := w.name(pb, tv)
		if err != nil || !added || ta.ID == tb.ID || ta.Requestor == tb.Requestor {
			t.Fatalf("%+v %v", tb, err)
		}
		if err := w.desk.Remove(t.Context(), audit.Customer(a), companion.On{Order: companion.Order{Customer: a}, Companion: ta.ID}); err != nil {
			t.Fatal(err)
		}
		if got := w.get(tb); got.Status != device.Active {
			t.Error(got.Status)
		}
	})
}

// TestADeviceIsNotItsOwnSecondary, by identifier or by key.
func TestADeviceIsNotItsOwnSecondary(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.phone(w.customer("1"))
		_, _, err := w.name(p, companion.Thing{Kind: companion.Watch, Identifiers: []companion.Identifier{{companion.MSISDN, "+43-664-123 45 67"}}})
		w.wants(err, "companion.itself")
		_, _, err = w.name(p, companion.Thing{Kind: companion.Watch, Keys: p.Keys})
		w.wants(err, "companion.itself")
		_, _, err = w.name(p, companion.Thing{Kind: companion.Watch})
		w.wants(err, "companion.identifier")
		_, _, err = w.name(p, companion.Thing{Kind: companion.Watch, Keys: companion.Keys{Signer: companion.HMAC, Secret: make([]byte, 32)}})
		w.wants(err, "companion.keys")
	})
}

// TestNamedAgain: the same device told of again is the same, and more is learned of it, but not that it is stronger.
func TestNamedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.phone(w.customer("1"))
		first, _, err := w.name(p, companion.Thing{Kind: companion.Watch, Identifiers: []companion.Identifier{bluetooth(1)}})
		if err != nil {
			t.Fatal(err)
		}
		again, added, err := w.name(p, companion.Thing{Kind: companion.Watch, Identifiers: []companion.Identifier{bluetooth(1), {companion.Serial, "W-1"}}, Keys: keys()})
		if err != nil || added || again.ID != first.ID || w.get(first).Class != companion.ByIdentifier {
			t.Errorf("%+v %t %v", again, added, err)
		}
		if got := w.get(first).Masked; len(got) != 2 || got[0].Value != "…1:01" {
			t.Errorf("%+v", got)
		}
		other, _, err := w.name(p, companion.Thing{Kind: companion.TV, Identifiers: []companion.Identifier{bluetooth(2)}})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.name(p, companion.Thing{Kind: companion.TV, Identifiers: []companion.Identifier{bluetooth(2), {companion.Serial, "w-1"}}})
		w.wants(err, "companion.taken")
		_ = other
	})
}
