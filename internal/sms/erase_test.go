package sms_test

import (
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sms"
)

// TestErase: nothing of a customer's messages stays, whatever became of them, and what
// waited is handed to nobody.
func TestErase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Gateways = []sms.Gateway{refuses("one", outbox.Permanent(errors.New("no such number")))}
		first := w.text()
		w.send(first)
		w.deliver(1) // dead
		w.send(w.text())
		count := func(table string) (n int) {
			t.Helper()
			if err := w.d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM " + table).Scan(&n) }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count("sms"); n != 2 {
			t.Fatalf("%d messages before", n)
		}
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error { return sms.Erase(tx, first.Customer) }); err != nil {
			t.Fatal(err)
		}
		w.deliver(1)
		if n, waiting := count("sms"), count("outbox WHERE state <> 'sent'"); n != 0 || waiting != 0 {
			t.Errorf("%d messages and %d in the outbox are left", n, waiting)
		}
	})
}
