package companion_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
)

// TestATrustedDeviceLearnsNoIdentifier: who has a phone of the customer cannot have a device of their own taken for one that the customer has lived with: what a
// device is known by is settled when its quarantine ends.
func TestATrustedDeviceLearnsNoIdentifier(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		serial := func(kind companion.IdentifierKind, v string) companion.Identifier {
			return companion.Identifier{Kind: kind, Value: v}
		}
		tv, _, err := w.name(p, companion.Thing{Kind: companion.TV, Identifiers: []companion.Identifier{serial(companion.Serial, "TV-1")}})
		if err != nil {
			t.Fatal(err)
		}
		known := func() int { return len(w.get(tv).Masked) }
		if same, added, err := w.name(p, companion.Thing{Kind: companion.TV, Identifiers: []companion.Identifier{serial(companion.Serial, "TV-1"), serial(companion.Alias, "living room")}}); err != nil || added || same.ID != tv.ID || known() != 2 {
			t.Fatalf("in its quarantine: %+v, %v, %d identifiers", same, err, known())
		}
		w.clock.Advance(w.set.Companions.Quarantine + time.Second)
		mine := companion.Thing{Kind: companion.TV, Identifiers: []companion.Identifier{serial(companion.Serial, "TV-1"), bluetooth(9)}}
		if same, added, err := w.name(p, mine); err != nil || added || same.ID != tv.ID {
			t.Errorf("%+v, %v", same, err)
		}
		if known() != 2 {
			t.Errorf("the trusted device is known by %d identifiers", known())
		}
	})
}

// TestALostDeviceIsNotFoundAgain: its key is not taken again, and what it is known by belongs to a new device.
func TestALostDeviceIsNotFoundAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		k := keys()
		watch := companion.Thing{Kind: companion.Watch, Identifiers: []companion.Identifier{bluetooth(3)}, Keys: k}
		lost, _, err := w.name(p, watch)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.desk.Lose(t.Context(), audit.Customer(c), companion.On{Order: companion.Order{Customer: c}, Companion: lost.ID}); err != nil {
			t.Fatal(err)
		}
		_, _, err = w.name(p, watch)
		w.wants(err, "companion.taken")
		if n := len(w.get(lost).Masked); n != 0 {
			t.Errorf("the lost device is known by %d identifiers again", n)
		}
		watch.Keys = keys()
		if anew, added, err := w.name(p, watch); err != nil || !added || anew.ID == lost.ID || !anew.Fresh(w.clock.Now()) {
			t.Errorf("with new keys: %+v, %v", anew, err)
		}
	})
}

// TestNothingIsTakenOfWhomTheBankDoesNotServe: a suspended customer's devices are not heard.
func TestNothingIsTakenOfWhomTheBankDoesNotServe(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		w.took(p, message(0, 1, "one"), says("1"), companion.Done, "1")
		if err := w.cards.Suspend(t.Context(), ann, c, "asked for by the court"); err != nil {
			t.Fatal(err)
		}
		w.took(p, message(0, 2, "two"), never(t), companion.Idle, "")
	})
}

// TestRestoredDevicesWait: what a backup says of devices may be over: one may have been lost since, or registered with a code that looks open. After the restoration
// nothing counts until it has been in quarantine again.
func TestRestoredDevicesWait(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p, gone := w.phone(c), w.phone(w.customer("2"))
		w.clock.Advance(w.set.Companions.Quarantine + time.Second)
		if err := w.desk.Lose(t.Context(), audit.Customer(gone.Customer), on(gone)); err != nil {
			t.Fatal(err)
		}
		i := w.invite(c, companion.Tablet)
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error { return w.desk.Restored(tx, audit.Recovery{}) }); err != nil {
			t.Fatal(err)
		}
		if it := w.get(p); !it.Fresh(w.clock.Now()) || it.Status != device.Active {
			t.Errorf("the phone counts until %s", it.Counts)
		}
		if it := w.get(gone); it.Status != device.Lost {
			t.Errorf("the lost one is %s", it.Status)
		}
		_, err := w.desk.Enroll(t.Context(), i.Code, companion.Thing{Keys: keys()})
		w.wants(err, "companion.invitation")
		w.clock.Advance(w.set.Companions.Quarantine + time.Second)
		if it := w.get(p); it.Fresh(w.clock.Now()) {
			t.Error("it waits for ever")
		}
	})
}
