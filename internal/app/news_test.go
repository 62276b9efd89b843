package app_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/sms"
)

// TestNewsOfPasswords: they go to each verified phone, once, and to nobody where there is no
// gateway.
func TestNewsOfPasswords(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		ring := keyringtest.Open(t, d)
		customers := &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}
		texts := &sms.Desk{DB: d, Ring: ring, Rand: rand.Reader, Now: clock.Now, Outbox: outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader})}
		tell := app.TellOfPassword(customers, texts, slog.New(slog.DiscardHandler))
		c, err := customers.Create(t.Context(), audit.System("test"), customer.New{Number: "100", Locale: "de", Contacts: []customer.NewContact{
			{Kind: customer.Phone, Value: "+4915112345678", Verified: true},
			{Kind: customer.Phone, Value: "+4915112345679"},
			{Kind: customer.Email, Value: "a@bank.example", Verified: true},
		}})
		if err != nil {
			t.Fatal(err)
		}
		news := password.News{Customer: c.ID, Kind: password.AuditChanged, Generation: 2}
		sent := func(n password.News) (count int) {
			t.Helper()
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				if err := tell(tx, audit.System("test"), n); err != nil {
					return err
				}
				return tx.Row("SELECT COUNT(*) FROM sms WHERE customer = $1", c.ID).Scan(&count)
			})
			if err != nil {
				t.Fatal(err)
			}
			return count
		}
		if n := sent(news); n != 0 {
			t.Errorf("without a gateway: %d", n)
		}
		texts.Gateways = []sms.Gateway{nobody{}}
		for range 2 {
			if n := sent(news); n != 1 {
				t.Errorf("of one change: %d", n)
			}
		}
		clock.Advance(time.Minute)
		news.Generation++
		if n := sent(news); n != 2 {
			t.Errorf("of the next: %d", n)
		}
	})
}

// nobody is a gateway that is never asked.
type nobody struct{ sms.Gateway }
