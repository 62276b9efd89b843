package outbox_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// open makes an outbox over d; the keys of the database are made the first time.
func open(t testing.TB, d *db.DB, clock *dbtest.Clock) *outbox.Outbox {
	t.Helper()
	return openWith(t, d, clock, outbox.Config{})
}

func openWith(t testing.TB, d *db.DB, clock *dbtest.Clock, cfg outbox.Config) *outbox.Outbox {
	t.Helper()
	kek, err := keyring.NewLocal(rand.Reader, keyring.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	opts := keyring.Options{Rand: rand.Reader, Now: clock.Now}
	if err := keyring.Init(t.Context(), d, kek, opts, "system:test"); err != nil && !fault.Is(err, "keyring.exists") {
		t.Fatal(err)
	}
	ring, err := keyring.Open(t.Context(), d, kek, opts)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Now, cfg.Rand = clock.Now, rand.Reader
	return outbox.New(d, ring, cfg)
}

// put puts messages, each in a transaction of its own.
func put(t testing.TB, d *db.DB, o *outbox.Outbox, messages ...outbox.Message) {
	t.Helper()
	for _, m := range messages {
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return o.Put(tx, m) }); err != nil {
			t.Fatal(err)
		}
	}
}

// receiver is the other side: it counts what arrives, and answers what it is told.
type receiver struct {
	mu     sync.Mutex
	got    []outbox.Message
	answer func(outbox.Message) error // nil: takes everything
}

func (r *receiver) Deliver(_ context.Context, m outbox.Message) error {
	r.mu.Lock()
	r.got = append(r.got, m)
	answer := r.answer
	r.mu.Unlock()
	if answer == nil {
		return nil
	}
	return answer(m)
}

// counts says how often each payload arrived.
func (r *receiver) counts() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := map[string]int{}
	for _, m := range r.got {
		n[string(m.Payload)]++
	}
	return n
}

func (r *receiver) handlers() map[string]outbox.Handler {
	return map[string]outbox.Handler{"test": r}
}

// deliver delivers what is due and fails the test unless it made want attempts.
func deliver(t testing.TB, o *outbox.Outbox, r *receiver, want int) {
	t.Helper()
	if n, err := o.Deliver(t.Context(), r.handlers()); err != nil || n != want {
		t.Fatalf("%d attempts, %v; want %d", n, err, want)
	}
}

// state reads a message as operators see it.
func state(t testing.TB, o *outbox.Outbox, id ident.ID) outbox.Message {
	t.Helper()
	for _, s := range []outbox.State{outbox.Waiting, outbox.Sent, outbox.Dead} {
		list, err := o.List(t.Context(), s, ident.ID{}, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if m.ID == id {
				return m
			}
		}
	}
	t.Fatalf("there is no message %s", id)
	return outbox.Message{}
}

func message(i int) outbox.Message {
	return outbox.Message{ID: ident.Derive(fmt.Sprint("message ", i)), Kind: "test", Payload: []byte(fmt.Sprint("payload ", i))}
}
